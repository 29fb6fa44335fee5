//! What Intake is asked, and what it answers.

use std::time::Duration;

use actix::Message;
use strum::{IntoStaticStr, VariantNames};

use crate::domain::{NewOrder, Order, OrderId, OrderNumber, TraceParent};
use crate::port::IdempotencyKey;

/// Accept an order. Sent by the HTTP edge; answered after COMMIT, never before.
#[derive(Debug, Message)]
#[rtype(result = "Result<Submitted, SubmitError>")]
pub struct Submit {
    /// What was asked for, checked.
    pub order: NewOrder,
    /// The caller's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// The request's trace.
    pub trace: Option<TraceParent>,
}

/// An order that is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// It is new.
    Created(Order),
    /// It was there with the same content; as it stands now.
    Existing(Order),
    /// The same key and content were answered before; as answered then.
    Replayed(Order),
}

/// Why an order was not accepted. Nothing of it is stored, except after `Unavailable`, where that is unknown: the
/// caller repeats the request with the same id or key and gets the one order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum SubmitError {
    /// Another order has this id.
    #[error("order {0} exists, with other content")]
    IdTaken(OrderId),
    /// Another order has this number.
    #[error("order number {0} belongs to another order")]
    NumberTaken(OrderNumber),
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The key's first request still runs.
    #[error("a request with this idempotency key is still running")]
    KeyInFlight,
    /// Too much is waiting, here or in the outbox.
    #[error("overloaded: {what}")]
    Overloaded {
        /// Which limit was reached.
        what: &'static str,
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// The instance drains: another one takes the order.
    #[error("this instance takes no new orders")]
    Draining,
    /// The store does not answer.
    #[error("{0}")]
    Unavailable(String),
}

impl SubmitError {
    /// In a word, as metrics have it.
    pub fn reason(&self) -> &'static str {
        self.into()
    }
}
