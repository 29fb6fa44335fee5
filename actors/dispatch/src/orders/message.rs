//! What an order is told by people, and what it answers.

use super::Command;
use crate::domain::{InvalidTransition, Order, OrderId, TraceParent};
use crate::port::Unfit;

/// A command for one order. Sent by the HTTP edge through [`Orders::command`](super::Orders::command).
#[derive(Clone, Debug)]
pub struct CommandOrder {
    /// Which order.
    pub id: OrderId,
    /// What to do.
    pub command: Command,
    /// Only at this version (`If-Match`).
    pub expected_version: Option<u64>,
    /// The request's trace.
    pub trace: Option<TraceParent>,
}

/// Why a command was not carried out. Nothing changed, except after `Unavailable`, where that is unknown.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CommandError {
    /// No such order.
    #[error("no such order")]
    NotFound,
    /// The state machine has no such step.
    #[error(transparent)]
    InvalidTransition(#[from] InvalidTransition),
    /// The order moved on.
    #[error("the order is at version {}", current.version)]
    VersionMismatch {
        /// The order as it is.
        current: Box<Order>,
    },
    /// No free driver within the largest radius.
    #[error("no free driver within reach")]
    NoDriver,
    /// The named driver cannot be had.
    #[error(transparent)]
    DriverUnavailable(Unfit),
    /// The fleet service does not answer, or its breaker is open.
    #[error("fleet service unavailable: {0}")]
    FleetUnavailable(String),
    /// Too much is waiting.
    #[error("overloaded")]
    Overloaded,
    /// The store does not answer.
    #[error("{0}")]
    Unavailable(String),
}
