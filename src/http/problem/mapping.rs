//! Which error of the actors is which problem. The only place that knows.

use std::time::Duration;

use actix_web::http::header;
use tropa_dispatch::{
    clerk::OperationRefused,
    dead_letters::DeadLetterError,
    drivers::DriverError,
    intake::SubmitError,
    orders::CommandError as OrderError,
    port::{DeliveryError, StoreError},
    reader::ReadError,
    roles::Elsewhere,
    upkeep::RouteError,
};
use tropa_supervision::{AskError, CommandError as ActorError};

use super::{Kind, Problem};
use crate::http::{conditional::etag, idempotency};

/// When an actor or a store that did not answer is worth another try.
const SOON: Duration = Duration::from_secs(1);

/// When a balancer has seen that this instance is not ready.
const ELSEWHERE: Duration = Duration::from_secs(2);

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Closed => Self::new(Kind::Unavailable, "shutting down").retry_after(SOON),
            AskError::Timeout => Self::new(Kind::Unavailable, "no answer in time").retry_after(SOON),
            AskError::Crashed => Self::new(Kind::Internal, "the actor that was asked died over it"),
        }
    }
}

impl From<Elsewhere> for Problem {
    fn from(elsewhere: Elsewhere) -> Self {
        Self::new(Kind::OtherRole, elsewhere.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fault(_) => Self::new(Kind::Internal, error.to_string()),
            // A full disk is not full for long in a system that is looked after, and nothing was written.
            StoreError::Full(_) => Self::new(Kind::Unavailable, error.to_string()).retry_after(SOON * 10),
            StoreError::Unavailable(_) => Self::new(Kind::Unavailable, error.to_string()).retry_after(SOON),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::IdTaken(_) => Self::new(Kind::IdTaken, detail),
            SubmitError::NumberTaken(_) => Self::new(Kind::NumberTaken, detail),
            SubmitError::KeyReused => {
                let used = "was used for another request: it needs one of its own";
                Self { kind: Kind::KeyReused, ..Self::field(idempotency::HEADER, used) }
            }
            SubmitError::KeyInFlight => Self::new(Kind::KeyInFlight, detail).retry_after(SOON),
            SubmitError::Draining => Self::new(Kind::Draining, detail).retry_after(ELSEWHERE),
            SubmitError::Overloaded { retry_after, .. } => Self::overloaded(detail, retry_after),
            SubmitError::Unavailable(_) => Self::new(Kind::Unavailable, detail).retry_after(SOON),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let detail = error.to_string();
        match error {
            OrderError::NotFound => Self::new(Kind::NotFound, detail),
            OrderError::InvalidTransition(_) => Self::new(Kind::InvalidTransition, detail),
            OrderError::VersionMismatch { current } => {
                Self::new(Kind::VersionMismatch, detail).with(header::ETAG, etag(current.version))
            }
            OrderError::NoDriver => Self::new(Kind::NoDriver, detail),
            OrderError::DriverUnavailable(_) => Self::new(Kind::DriverUnavailable, detail),
            OrderError::Overloaded => Self::overloaded(detail, SOON),
            OrderError::FleetUnavailable(_) | OrderError::Unavailable(_) => {
                Self::new(Kind::Unavailable, detail).retry_after(SOON)
            }
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::new(Kind::NotFound, "there is no such thing"),
            ReadError::Store(error) => error.into(),
        }
    }
}

impl From<DeadLetterError> for Problem {
    fn from(error: DeadLetterError) -> Self {
        match error {
            DeadLetterError::NotFound => Self::new(Kind::NotFound, error.to_string()),
            DeadLetterError::NotParked => Self::new(Kind::NotParked, error.to_string()),
            DeadLetterError::NotDiscarded => Self::new(Kind::NotDiscarded, error.to_string()),
            DeadLetterError::Store(error) => error.into(),
        }
    }
}

impl From<OperationRefused> for Problem {
    fn from(error: OperationRefused) -> Self {
        let detail = error.to_string();
        match error {
            OperationRefused::NotFound => Self::new(Kind::NotFound, detail),
            OperationRefused::NotFrozen => Self::new(Kind::SetGone, detail),
            OperationRefused::Ended => Self::new(Kind::OperationEnded, detail),
            OperationRefused::NotUndoable | OperationRefused::InHand => Self::new(Kind::NotUndoable, detail),
            OperationRefused::Unexpected { .. } => Self::new(Kind::CountDiffers, detail),
            OperationRefused::Store(error) => error.into(),
        }
    }
}

impl From<DriverError> for Problem {
    fn from(error: DriverError) -> Self {
        let detail = error.to_string();
        match error {
            DriverError::Unknown(_) => Self::new(Kind::NotFound, detail),
            DriverError::Held { .. } => Self::new(Kind::DriverBusy, detail),
            DriverError::Refused(_) => Self::new(Kind::Invalid, detail),
            DriverError::Store(error) => error.into(),
            DriverError::Unfit(_)
            | DriverError::NotWaiting(_)
            | DriverError::Restoring
            | DriverError::Index(_) => Self::new(Kind::Unavailable, detail).retry_after(SOON),
        }
    }
}

impl From<ActorError> for Problem {
    fn from(error: ActorError) -> Self {
        let detail = error.to_string();
        match error {
            ActorError::NotFound => Self::new(Kind::NotFound, detail),
            ActorError::StaleEpoch { .. } => Self::new(Kind::StaleEpoch, detail),
            ActorError::NotRunning => Self::new(Kind::NotRunning, detail),
        }
    }
}

impl From<RouteError> for Problem {
    fn from(error: RouteError) -> Self {
        let detail = error.to_string();
        match error {
            RouteError::Unknown(_) => Self::new(Kind::NotFound, detail),
            RouteError::Gone { .. } | RouteError::Delivery(DeliveryError::Gone) => {
                Self::new(Kind::InstanceGone, detail)
            }
            RouteError::Ambiguous(_) => Self::new(Kind::InstanceAmbiguous, detail),
            RouteError::Delivery(DeliveryError::NotTaken) => {
                Self::new(Kind::InstanceSilent, format!("{detail}: nothing was done")).retry_after(SOON)
            }
            // The registry may have fallen silent with the command in its hands.
            RouteError::Delivery(DeliveryError::NoAnswer | DeliveryError::Registry(_)) => {
                Self::new(Kind::InstanceSilent, format!("{detail}: look whether it was done"))
                    .retry_after(SOON)
            }
            RouteError::Delivery(DeliveryError::NotSent(_)) => {
                Self::new(Kind::Unavailable, format!("{detail}: nothing was done")).retry_after(SOON)
            }
            RouteError::Delivery(DeliveryError::Full) => Self::overloaded(detail, SOON),
            RouteError::Registry(_) => Self::new(Kind::Unavailable, detail).retry_after(SOON),
        }
    }
}

#[cfg(test)]
mod tests {
    use tropa_dispatch::port::InstancesError;

    use super::*;

    #[test]
    fn what_is_worth_repeating_says_when() {
        let store = || StoreError::Unavailable("locked".into());
        for problem in [
            Problem::from(AskError::Timeout),
            Problem::from(AskError::Closed),
            Problem::from(store()),
            Problem::from(StoreError::Full("disk".into())),
            Problem::from(ReadError::from(store())),
            Problem::from(SubmitError::Overloaded { what: "x", retry_after: SOON }),
            Problem::from(SubmitError::Unavailable("x".into())),
            Problem::from(SubmitError::Draining),
            Problem::from(RouteError::from(DeliveryError::NotTaken)),
            Problem::from(RouteError::from(InstancesError("x".into()))),
            Problem::from(OrderError::Overloaded),
            Problem::from(OrderError::FleetUnavailable("x".into())),
        ] {
            assert_eq!(problem.status(), 503, "{problem}");
            assert!(problem.headers.iter().any(|(name, _)| name == header::RETRY_AFTER), "{problem}");
        }
    }

    #[test]
    fn a_command_that_may_have_gone_out_is_not_said_to_be_repeatable() {
        let silence = || InstancesError("timed out".into());
        for (error, kind, hint) in [
            (DeliveryError::Registry(silence()), Kind::InstanceSilent, "look whether it was done"),
            (DeliveryError::NoAnswer, Kind::InstanceSilent, "look whether it was done"),
            (DeliveryError::NotTaken, Kind::InstanceSilent, "nothing was done"),
            (DeliveryError::NotSent(silence()), Kind::Unavailable, "nothing was done"),
        ] {
            let problem = Problem::from(RouteError::from(error));
            assert_eq!(problem.kind.slug(), kind.slug(), "{problem}");
            assert!(problem.detail.ends_with(hint), "{problem}");
        }
    }

    #[test]
    fn conflicts_are_conflicts() {
        for (problem, status) in [
            (Problem::from(SubmitError::IdTaken("a".parse().unwrap())), 409),
            (SubmitError::KeyInFlight.into(), 409),
            (SubmitError::KeyReused.into(), 422),
            (OrderError::NotFound.into(), 404),
            (OrderError::NoDriver.into(), 409),
            (ActorError::StaleEpoch { current: 3 }.into(), 409),
            (ActorError::NotFound.into(), 404),
            (DeadLetterError::NotParked.into(), 409),
            (RouteError::Unknown("x".into()).into(), 404),
            (RouteError::from(DeliveryError::Gone).into(), 409),
            (AskError::Crashed.into(), 500),
        ] {
            assert_eq!(problem.status().as_u16(), status, "{problem}");
        }
    }
}
