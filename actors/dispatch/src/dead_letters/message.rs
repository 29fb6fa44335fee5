//! What can be done with dead letters. Sent by the HTTP edge.

use actix::Message;
use uuid::Uuid;

use crate::domain::Fingerprint;
use crate::port::StoreError;

/// Which parked dead letters.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// This one.
    One(Uuid),
    /// A group.
    Group(Fingerprint),
    /// All that match.
    Matching {
        /// With this routing key.
        topic: Option<String>,
        /// Of this group.
        fingerprint: Option<Fingerprint>,
    },
}

/// Send the selected letters again, under fresh event ids.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Replayed, DeadLetterError>")]
pub struct ReplayDeadLetters {
    /// Which.
    pub selection: Selection,
    /// Only count them.
    pub dry_run: bool,
    /// At most this many a second; `None` = as fast as they go. At a rate, or for more than 500 letters, the answer does not
    /// wait for them.
    pub rate_per_second: Option<u32>,
}

/// Give the selected letters up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Replayed, DeadLetterError>")]
pub struct DiscardDeadLetters {
    /// Which.
    pub selection: Selection,
    /// Only count them.
    pub dry_run: bool,
    /// Why; kept with each.
    pub reason: String,
}

/// How an operation on dead letters went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Letters that match.
    pub matched: u64,
    /// Of these, replayed or discarded when the answer went out; 0 in a dry run.
    pub done: u64,
    /// The rest is being replayed still.
    pub under_way: bool,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeadLetterError {
    /// No such dead letter.
    #[error("no such dead letter")]
    NotFound,
    /// It was replayed or discarded before.
    #[error("the dead letter is not parked")]
    NotParked,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
