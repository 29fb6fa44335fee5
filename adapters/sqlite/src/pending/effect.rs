//! What memory learns from a commit.

use tropa_contract::domain::Envelope;

/// An unpublished row.
#[derive(Debug)]
pub struct Unpublished {
    /// The row.
    pub id: i64,
    /// When it may be published, in microseconds.
    pub due_at: i64,
    /// How often publishing failed.
    pub attempts: u32,
    /// Its content; `None` when it was not worth the memory.
    pub envelope: Option<Box<Envelope>>,
}

/// A change of the outbox table.
#[derive(Debug)]
pub enum Effect {
    /// A row was written.
    Added {
        /// Whose.
        order_seq: i64,
        /// The row.
        row: Unpublished,
        /// No other row of the order was unpublished then.
        alone: bool,
        /// The transaction's time.
        now: i64,
    },
    /// A row was published.
    Published {
        /// Whose.
        order_seq: i64,
        /// The row.
        id: i64,
        /// The transaction's time.
        now: i64,
    },
    /// Publishing a row failed.
    Failed {
        /// Whose.
        order_seq: i64,
        /// The row.
        id: i64,
        /// When to try again.
        due_at: i64,
        /// The transaction's time.
        now: i64,
    },
    /// A row that waited became due.
    Hastened {
        /// Whose.
        order_seq: i64,
        /// The row.
        id: i64,
        /// Since when it is due.
        due_at: i64,
    },
}
