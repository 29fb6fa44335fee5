//! What the breaker is asked, and what it tells.

use std::time::Duration;

use actix::Message;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use crate::domain::UnknownName;
use crate::port::{Claim, SearchRequest, Unfit};

/// Find a driver, unless the fleet service is known to fail. Sent by aggregates.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Claim>, SearchError>")]
pub struct Search(pub SearchRequest);

/// Why there is no answer about drivers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The breaker is open: the service was not asked.
    #[error("breaker open")]
    Open,
    /// Too many calls are in flight: the service was not asked.
    #[error("too many fleet calls in flight")]
    Full,
    /// The service failed, or did not answer in time.
    #[error("{0}")]
    Failed(String),
    /// The service refused the request: asking again will not help.
    #[error("{0}")]
    Invalid(String),
    /// The driver who was asked for by name cannot be had.
    #[error(transparent)]
    Unfit(Unfit),
}

/// Where a breaker stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls are refused until the open time is over.
    Open,
    /// A few probes pass; their results decide.
    HalfOpen,
}

tropa_contract::names!(BreakerState);

/// Asks the breaker how it is. Sent by the HTTP edge.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "BreakerSnapshot")]
pub struct GetBreaker;

/// The breaker at one moment.
#[derive(Clone, Debug, actix::MessageResponse)]
pub struct BreakerSnapshot {
    /// Its name: `fleet`.
    pub name: &'static str,
    /// Where it stands.
    pub state: BreakerState,
    /// Grows with every change of state; late results of an older one are ignored.
    pub generation: u64,
    /// Calls in the rolling window.
    pub calls: u32,
    /// Of these, failed.
    pub failed: u32,
    /// Of these, slow.
    pub slow: u32,
    /// Calls in flight.
    pub in_flight: u32,
    /// Until half-open, while open.
    pub opens_for: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_have_the_same_names() {
        for state in BreakerState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }
}
