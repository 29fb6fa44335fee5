//! What a run left behind: rows as they are, without an interpretation.

use super::ledger::Attempt;

/// Everything the checks look at.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The client's own history.
    pub ledger: Vec<Attempt>,
    /// The order rows.
    pub orders: Vec<OrderRow>,
    /// The events, by order and version.
    pub events: Vec<EventRow>,
    /// The outbox, published rows included.
    pub outbox: Vec<OutboxRow>,
    /// Event ids that were answered.
    pub inbox: Vec<String>,
    /// Assignments, ended ones included.
    pub assignments: Vec<AssignmentRow>,
    /// Idempotency keys.
    pub keys: Vec<KeyRow>,
    /// Who holds which driver, as the fleet itself says.
    pub claims: Vec<HeldDriver>,
    /// What should be zero when all is quiet, and is not asked of the database: `("deliveries in flight", 0)`.
    pub left: Vec<(String, u64)>,
    /// What an independent listener saw published.
    pub audit: Vec<Announcement>,
    /// When the rows were read, in microseconds since 1970.
    pub read_at: i64,
}

/// An order row. Orders are named by their id everywhere; `#17` stands for row 17 of a database that lost the name.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub id: String,
    pub order_number: Option<String>,
    /// In minor units.
    pub price: i64,
    pub status: String,
    pub version: i64,
    pub driver_id: Option<String>,
    pub claim_token: Option<String>,
    pub manual_reason: Option<String>,
    pub cancel_reason: Option<String>,
}

/// An event row.
#[derive(Clone, Debug)]
pub struct EventRow {
    pub order: String,
    pub version: i64,
    pub event_id: String,
    pub kind: String,
    pub driver_id: Option<String>,
    pub claim_token: Option<String>,
    /// Of a manual dispatch or a cancellation.
    pub reason: Option<String>,
}

/// An outbox row.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    pub event_id: String,
    pub topic: String,
    pub order: String,
    /// `None`: published.
    pub pending: Option<Pending>,
}

/// Why an outbox row is not published.
#[derive(Clone, Debug)]
pub struct Pending {
    /// In microseconds since 1970.
    pub due_at: i64,
    pub wait_reason: Option<String>,
}

/// An assignment row.
#[derive(Clone, Debug)]
pub struct AssignmentRow {
    pub order: String,
    pub driver_id: String,
    pub active: bool,
}

/// An idempotency row.
#[derive(Clone, Debug)]
pub struct KeyRow {
    pub key: String,
    pub order: String,
}

/// A driver in the hands of an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldDriver {
    pub driver_id: String,
    pub order: String,
}

/// A message somebody saw.
#[derive(Clone, Debug)]
pub struct Announcement {
    pub event_id: String,
    pub topic: String,
}
