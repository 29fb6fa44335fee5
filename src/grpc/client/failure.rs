//! What a status says about the service.

use tonic::{Code, Status};
use tropa_dispatch::port::FleetError;

/// What tonic's own client says when the deadline is over; its code is CANCELLED, not `DEADLINE_EXCEEDED`.
const TONIC_TIMEOUT: &str = "Timeout expired";

/// Whatever is not our mistake counts against the service.
pub(super) fn of(status: &Status) -> FleetError {
    let message = status.message();
    match status.code() {
        Code::DeadlineExceeded => FleetError::Timeout,
        Code::Cancelled if message == TONIC_TIMEOUT => FleetError::Timeout,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            FleetError::Refused(message.to_owned())
        }
        code => FleetError::Unavailable(format!("{code:?}: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_to_blame() {
        for (code, message) in [(Code::DeadlineExceeded, "late"), (Code::Cancelled, "Timeout expired")] {
            assert_eq!(of(&Status::new(code, message)), FleetError::Timeout);
        }
        for code in [Code::InvalidArgument, Code::FailedPrecondition] {
            assert_eq!(of(&Status::new(code, "radius")), FleetError::Refused("radius".into()));
        }
        for code in [Code::Unavailable, Code::Cancelled, Code::Unknown, Code::Internal, Code::Unimplemented] {
            let failure = of(&Status::new(code, "down"));
            assert!(matches!(failure, FleetError::Unavailable(_)) && failure.counts(), "{code:?}");
        }
    }
}
