//! What can be read. Sent by the HTTP edge.

use std::time::Duration;

use actix::Message;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    AuditEntry, DeadLetter, DeadLetterGroup, Order, OrderEvent, OrderId, OrderNumber, OutboxMessage,
};
use crate::pipeline::Pipeline;
use crate::port::{
    AuditFilter, Backlog, Census, DeadLetterFilter, MessageFilter, MessagePage, OrderPage, OrderQuery,
    StoreError, TopicBacklog,
};

/// Why nothing was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One order.
#[derive(Debug, Message)]
#[rtype(result = "Result<Order, ReadError>")]
pub struct GetOrder(pub OrderId);

/// Orders by their ids, in the order they are asked for; `None` for what is unknown.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<Option<Order>>, ReadError>")]
pub struct GetOrders(pub Vec<OrderId>);

/// One order, by its number.
#[derive(Debug, Message)]
#[rtype(result = "Result<Order, ReadError>")]
pub struct GetOrderByNumber(pub OrderNumber);

/// A page of orders, newest first.
#[derive(Debug, Message)]
#[rtype(result = "Result<OrderPage, ReadError>")]
pub struct ListOrders(pub OrderQuery);

/// Those of these orders whose driver has been silent for too long, and since when.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<(OrderId, OffsetDateTime)>, ReadError>")]
pub struct ReadSilence(pub Vec<OrderId>);

/// An order's events, first to last.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<OrderEvent>, ReadError>")]
pub struct ReadTimeline(pub OrderId);

/// Dead letters, newest failure first.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<DeadLetter>, ReadError>")]
pub struct ListDeadLetters(pub DeadLetterFilter);

/// One dead letter.
#[derive(Debug, Message)]
#[rtype(result = "Result<DeadLetter, ReadError>")]
pub struct GetDeadLetter(pub Uuid);

/// Parked dead letters by kind.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<DeadLetterGroup>, ReadError>")]
pub struct DeadLetterGroups;

/// Lines of the audit, newest first.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<AuditEntry>, ReadError>")]
pub struct ListAudit(pub AuditFilter);

/// What the outbox holds.
#[derive(Debug, Message)]
#[rtype(result = "Result<Backlog, ReadError>")]
pub struct OutboxState;

/// What the outbox holds, by topic. At most a second old.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<TopicBacklog>, ReadError>")]
pub struct OutboxTopics;

/// A page of unpublished messages.
#[derive(Debug, Message)]
#[rtype(result = "Result<MessagePage, ReadError>")]
pub struct ListMessages(pub MessageFilter);

/// One message, and what it says.
#[derive(Debug, Message)]
#[rtype(result = "Result<(OutboxMessage, String), ReadError>")]
pub struct GetMessage(pub i64);

/// Whether orders can be taken: the store answers, and the backlog has room. At most a second old, unless the store takes
/// longer to answer.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), ReadError>")]
pub struct Readiness;

/// The whole at a glance. At most a second old.
#[derive(Debug, Message)]
#[rtype(result = "Result<Overview, ReadError>")]
pub struct GetOverview;

/// What each stage gets done, and whether what is promised is kept. At most a second old. Answered whatever is away.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Pipeline")]
pub struct GetPipeline;

/// The whole at a glance.
#[derive(Clone, Debug)]
pub struct Overview {
    /// How many orders there are.
    pub orders: Census,
    /// The outbox.
    pub backlog: Backlog,
    /// Dead letters that wait for a person.
    pub dead_letters: u64,
    /// Drivers held by an order.
    pub drivers_claimed: u64,
    /// Accepted in the last full minute, per second.
    pub accepted_per_second: f64,
    /// Dispatched in the last full minute, per second.
    pub dispatched_per_second: f64,
    /// Since this process started.
    pub uptime: Duration,
}
