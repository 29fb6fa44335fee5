//! What can be told to the registry, and what it answers.

use actix::{Message, MessageResponse};
use time::OffsetDateTime;

use crate::domain::{Driver, DriverId, DriverStatus, OrderId, Report, Unassignable, Unusable};
use crate::port::{Claim, DriverFilter, IndexError, Release, SearchRequest, StoreError, Unfit};

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// No such driver.
    #[error("there is no driver {0}")]
    Unknown(DriverId),
    /// The driver has an order, and must end it first.
    #[error("driver {driver} has order {order}")]
    Held {
        /// Who.
        driver: DriverId,
        /// Which order.
        order: OrderId,
    },
    /// The driver who was asked for by name cannot be had.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// No order of that id waits for a driver: it is unknown, has one, or is over.
    #[error("no order {0} waits for a driver")]
    NotWaiting(OrderId),
    /// The request was wrong.
    #[error("{0}")]
    Refused(String),
    /// The index does not know yet what the store knows: try again in a moment.
    #[error("drivers are being restored")]
    Restoring,
    /// The index does not answer.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The store does not answer. Whether a change took effect is then unknown; it may be asked for again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a driver, or renames them and changes their status; durable when answered. Sent by the HTTP edge.
///
/// Errors: `Refused` for a name that is empty, longer than 100 characters or contains control characters; `Index`,
/// `Store`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<DriverPut, DriverError>")]
pub struct PutDriver {
    /// Who.
    pub id: DriverId,
    /// What people call them.
    pub name: String,
    /// Whether they take orders.
    pub status: DriverStatus,
}

/// What a [`PutDriver`] came to.
#[derive(Clone, Debug, PartialEq)]
pub struct DriverPut {
    /// The driver as they are now.
    pub driver: Driver,
    /// Whether they are new.
    pub created: bool,
}

/// Moves drivers: in the index at once, in the store a second later. Sent by both edges, with as many as came at once.
/// A position that does not supersede a driver's last moves nobody, but it is heard: it counts as accepted.
///
/// Errors: `Restoring` when some driver is unknown so early (the positions of others are taken); `Index`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<PositionsReported, DriverError>")]
pub struct ReportPositions(pub Vec<(DriverId, Report)>);

/// What became of a batch of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, MessageResponse)]
pub struct PositionsReported {
    /// Taken.
    pub accepted: u64,
    /// Of unknown drivers, by their place in the batch.
    pub unknown: Vec<usize>,
    /// Of the accepted ones, those of drivers who cannot be given orders, by their place in the batch, and why.
    pub excluded: Vec<(usize, Unassignable)>,
    /// Of the accepted ones, those that moved nobody, by their place in the batch, and when the position that stands is of.
    pub late: Vec<(usize, OffsetDateTime)>,
    /// Which were no fix, by their place in the batch: not taken for a position, but for a sign of life.
    pub no_fix: Vec<usize>,
    /// What was left out of which.
    pub unusable: Vec<(usize, Vec<Unusable>)>,
}

/// One driver. Sent by the HTTP edge. Errors: `Unknown`, `Restoring`, `Index`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Driver, DriverError>")]
pub struct GetDriver(pub DriverId);

/// Drivers that match, in the order of their ids. Sent by both edges. Errors: `Index`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<Driver>, DriverError>")]
pub struct ListDrivers(pub DriverFilter);

/// Forgets a driver, durably. Sent by the HTTP edge. Errors: `Unknown`, `Held`, `Restoring`, `Index`, `Store`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), DriverError>")]
pub struct RemoveDriver(pub DriverId);

/// The nearest free driver, claimed for the order; `None` when there is none. Sent by the gRPC edge.
///
/// Errors: `NotWaiting`; `Unfit` for a driver by name; `Refused` for a radius out of range; `Index`, `Store`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Claim>, DriverError>")]
pub struct SearchDriver(pub SearchRequest);

/// Gives a driver back; false when the claim was gone or is someone else's, or the driver drives for that order. Sent by
/// the gRPC edge. Errors: `Index`, `Store`.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, DriverError>")]
pub struct ReleaseDriver(pub Release);
