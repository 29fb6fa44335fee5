//! What a clerk is told. Sent by the HTTP edge.

use actix::Message;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{AuditLine, Operation, OperationKind, OrderId, TraceParent};
use crate::port::{DeadLetterFilter, OrderQuery, StoreError};

/// Writes a line; answered with its id when it is on the disk.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<u64, StoreError>")]
pub struct WriteAudit(pub AuditLine);

/// Does something to many things at once, or only finds out to which.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Operation, OperationRefused>")]
pub struct Operate {
    /// What.
    pub kind: OperationKind,
    /// To which.
    pub of: Which,
    /// Only if it is so many.
    pub expected: Option<u64>,
    /// Only freeze the set.
    pub dry_run: bool,
    /// At most so many a second.
    pub rate: Option<u32>,
    /// Who.
    pub subject: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The request's trace.
    pub trace: Option<TraceParent>,
}

/// To which things something is done.
#[derive(Clone, Debug)]
pub enum Which {
    /// Those of a set that was frozen.
    Set(Uuid),
    /// Dead letters that match; the filter's state is the operation's, its limit and offset are not looked at.
    Letters(DeadLetterFilter),
    /// These orders, those of them that are there.
    Orders(Vec<OrderId>),
    /// Orders that match; where the page starts, and its size, are not looked at.
    OrdersLike {
        /// Which.
        query: OrderQuery,
        /// Accepted at this time or later.
        created_after: Option<OffsetDateTime>,
        /// Accepted before this time.
        created_before: Option<OffsetDateTime>,
    },
}

/// Stops an operation; what was done stays.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Operation, OperationRefused>")]
pub struct StopOperation(pub Uuid);

/// Parks again what an operation has given up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Operation, OperationRefused>")]
pub struct UndoOperation {
    /// Which.
    pub id: Uuid,
    /// Who.
    pub subject: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The request's trace.
    pub trace: Option<TraceParent>,
}

/// One operation.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Operation, OperationRefused>")]
pub struct GetOperation(pub Uuid);

/// The targets of the first things that nothing has come of yet.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<String>, StoreError>")]
pub struct FirstItems {
    /// Of which operation.
    pub id: Uuid,
    /// At most so many.
    pub limit: u32,
}

/// The newest operations, at most so many.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<Operation>, StoreError>")]
pub struct ListOperations(pub u32);

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationRefused {
    /// No such operation.
    #[error("no such operation")]
    NotFound,
    /// It was run or stopped before, was made for something else, or is older than a quarter of an hour.
    #[error(
        "there is no such set to do this to: it was run or stopped before, made for something else, or is too old"
    )]
    NotFrozen,
    /// It has ended.
    #[error("the operation has ended")]
    Ended,
    /// It is no discard, or runs still.
    #[error("only a discard that has ended can be undone")]
    NotUndoable,
    /// It was stopped, and what was in hand then is not written yet.
    #[error("the operation was stopped a moment ago, and some of it is in hand still: try again")]
    InHand,
    /// It would have been done to more or fewer than was thought.
    #[error("{matched} match, and {expected} were expected")]
    Unexpected {
        /// As many as match.
        matched: u64,
        /// As many as were thought of.
        expected: u64,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
