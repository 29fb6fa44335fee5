//! What a failure is called on the wire. The client's breaker counts by it: UNAVAILABLE and `DEADLINE_EXCEEDED` say
//! something about the service, the others about the request.

use tonic::Status;
use tropa_dispatch::drivers::DriverError;
use tropa_supervision::AskError;

pub(super) fn refused(error: &DriverError) -> Status {
    let text = error.to_string();
    match error {
        DriverError::Unknown(_) => Status::not_found(text),
        DriverError::Held { .. } => Status::failed_precondition(text),
        DriverError::Refused(_) => Status::invalid_argument(text),
        // Restoring, Index, Store; and what may come: better blamed on the service than on the caller.
        _ => Status::unavailable(text),
    }
}

pub(super) fn unanswered(error: AskError) -> Status {
    match error {
        AskError::Timeout => Status::deadline_exceeded(error.to_string()),
        AskError::Closed | AskError::Crashed => Status::unavailable(error.to_string()),
    }
}
