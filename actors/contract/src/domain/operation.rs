//! What people do to many things at once.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{TraceParent, name::UnknownName};
use crate::names;

/// What is done, and to what.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
pub enum OperationKind {
    /// Dead letters are sent again.
    #[strum(serialize = "dead_letters.replay")]
    #[serde(rename = "dead_letters.replay")]
    ReplayLetters,
    /// Dead letters are given up.
    #[strum(serialize = "dead_letters.discard")]
    #[serde(rename = "dead_letters.discard")]
    DiscardLetters,
    /// Dead letters that were given up are parked again.
    #[strum(serialize = "dead_letters.restore")]
    #[serde(rename = "dead_letters.restore")]
    RestoreLetters,
    /// Orders are called off.
    #[strum(serialize = "orders.cancel")]
    #[serde(rename = "orders.cancel")]
    CancelOrders,
    /// Orders are given a driver, by a new search.
    #[strum(serialize = "orders.dispatch")]
    #[serde(rename = "orders.dispatch")]
    DispatchOrders,
}

names!(OperationKind);

impl OperationKind {
    /// Whether it is about orders; else about dead letters.
    pub fn is_of_orders(self) -> bool {
        matches!(self, Self::CancelOrders | Self::DispatchOrders)
    }
}

/// How far an operation is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
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
pub enum OperationState {
    /// It is known what it would be done to.
    Frozen,
    /// It is being done.
    Running,
    /// Somebody stopped it; what was done stays.
    Stopped,
    /// Each was tried.
    Done,
    /// It could not go on.
    Failed,
}

names!(OperationState);

/// What came of one of the things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
pub enum ItemOutcome {
    /// It was done.
    Done,
    /// It was not what it had been any more, and was left alone.
    Skipped,
    /// It could not be done.
    Failed,
}

names!(ItemOutcome);

/// One of the things could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OperationError {
    /// Which.
    pub target: String,
    /// Why.
    pub detail: String,
}

/// What is done to many things at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Of version 7: sorts by when it was asked for.
    pub id: Uuid,
    /// What is done.
    pub kind: OperationKind,
    /// How far it is.
    pub state: OperationState,
    /// How many things it is about.
    pub matched: u64,
    /// Of these, done.
    pub done: u64,
    /// Left alone, because they had changed meanwhile.
    pub skipped: u64,
    /// Tried in vain.
    pub failed: u64,
    /// At most so many a second.
    pub rate: Option<u32>,
    /// Who asked for it.
    pub subject: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The request's trace.
    pub trace: Option<TraceParent>,
    /// The first few that failed.
    pub errors: Vec<OperationError>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it was begun.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
}

impl Operation {
    /// Errors that are kept.
    pub const ERRORS: usize = 10;

    /// One that is not begun.
    pub fn frozen(kind: OperationKind, matched: u64, now: OffsetDateTime) -> Self {
        Self {
            id: Uuid::now_v7(),
            kind,
            state: OperationState::Frozen,
            matched,
            done: 0,
            skipped: 0,
            failed: 0,
            rate: None,
            subject: None,
            reason: None,
            trace: None,
            errors: Vec::new(),
            created_at: now,
            started_at: None,
            ended_at: None,
        }
    }
}

/// One of the things an operation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationItem {
    /// Its number in the operation.
    pub n: u64,
    /// A dead letter's id, an order's.
    pub target: String,
    /// What it was when it was chosen: an order's version, when a letter was seen last in microseconds since 1970.
    pub version: Option<u64>,
}
