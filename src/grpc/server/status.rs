//! What a failure is called on the wire. The client's breaker counts by it: UNAVAILABLE and `DEADLINE_EXCEEDED` say
//! something about the service, the others about the request.

use tonic::{Status, metadata::MetadataValue};
use tropa_dispatch::drivers::DriverError;
use tropa_dispatch::port::Unfit;
use tropa_supervision::AskError;

use crate::grpc::{UNFIT, UNFIT_ORDER};

pub(super) fn refused(error: &DriverError) -> Status {
    let text = error.to_string();
    match error {
        DriverError::Unknown(_) | DriverError::NotWaiting(_) => Status::not_found(text),
        DriverError::Unfit(why) => with_cause(Status::not_found(text), why),
        DriverError::Held { .. } => Status::failed_precondition(text),
        DriverError::Refused(_) => Status::invalid_argument(text),
        // Restoring, Index, Store; and what may come: better blamed on the service than on the caller.
        _ => Status::unavailable(text),
    }
}

/// For programs, which should not have to read a text.
fn with_cause(mut status: Status, why: &Unfit) -> Status {
    let (cause, order) = match why {
        Unfit::Unknown(_) => ("unknown", None),
        Unfit::Offline(_) => ("offline", None),
        Unfit::HasOrder { order, .. } => ("has_order", order.as_ref()),
        Unfit::Changed(_) => ("changed", None),
        _ => return status,
    };
    let metadata = status.metadata_mut();
    metadata.insert(UNFIT, MetadataValue::from_static(cause));
    if let Some(Ok(order)) = order.map(|order| order.as_str().parse()) {
        metadata.insert(UNFIT_ORDER, order);
    }
    status
}

pub(super) fn unanswered(error: AskError) -> Status {
    match error {
        AskError::Timeout => Status::deadline_exceeded(error.to_string()),
        AskError::Closed | AskError::Crashed => Status::unavailable(error.to_string()),
    }
}
