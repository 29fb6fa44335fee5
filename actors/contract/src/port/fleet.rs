//! The fleet service as the dispatch side sees it.

mod unfit;

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Assignment, Claim};
use crate::domain::{DriverId, GeoPoint, OrderId};

pub use unfit::Unfit;

/// Find a driver.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRequest {
    /// For this order; the search is idempotent by it.
    pub order_id: OrderId,
    /// Near this point.
    pub pickup: GeoPoint,
    /// Within this many metres.
    pub radius_m: f64,
    /// None of these.
    pub excluded: Vec<DriverId>,
    /// This driver or none.
    pub driver: Option<DriverId>,
    /// Whether the order waits when there is nobody, and is given whoever comes free.
    pub wait: Option<Wait>,
}

/// How an order waits for a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Its place in the queue: the order that exists for longer is served first.
    pub since: OffsetDateTime,
    /// After this it waits no longer.
    pub patience: Duration,
}

/// Radii one may search, in metres.
pub const RADIUS_M: std::ops::RangeInclusive<f64> = 1.0..=200_000.0;

impl SearchRequest {
    /// Refuses a radius that makes no sense; every fleet refuses it in the same way.
    pub fn check(&self) -> Result<(), FleetError> {
        if RADIUS_M.contains(&self.radius_m) {
            return Ok(());
        }
        let (least, most) = (RADIUS_M.start(), RADIUS_M.end());
        Err(FleetError::Refused(format!(
            "radius_m must be between {least} and {most}, got {}",
            self.radius_m
        )))
    }
}

/// Give a driver back.
pub type Release = Assignment;

/// How a call failed. 'No driver' is an answer, not a failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The service cannot be reached, or said it cannot answer. Counts for the breaker.
    #[error("fleet service unavailable: {0}")]
    Unavailable(String),
    /// No answer in time. Counts for the breaker.
    #[error("fleet service did not answer in time")]
    Timeout,
    /// The request was wrong. Does not count for the breaker.
    #[error("fleet service refused the request: {0}")]
    Refused(String),
    /// The driver who was asked for by name cannot be had. Does not count for the breaker.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

impl FleetError {
    /// Whether it says something about the service's health.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Unfit(_))
    }
}

/// Search and release. Deadlines are the caller's.
#[async_trait]
pub trait Fleet: Send + Sync + 'static {
    /// The nearest free driver, claimed for the order; `None` when there is none. Of a driver by name it says why.
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError>;

    /// Frees a driver; false when the claim was gone or is someone else's.
    async fn release(&self, claim: Release) -> Result<bool, FleetError>;
}
