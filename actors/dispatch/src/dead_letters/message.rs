//! What can be done with one dead letter. Sent by the HTTP edge; what is done with many is the clerk's.

use actix::Message;
use uuid::Uuid;

use crate::port::StoreError;

/// Send a parked letter again, under a fresh event id. False when there is nothing to send.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, DeadLetterError>")]
pub struct ReplayDeadLetter(pub Uuid);

/// Give a parked letter up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), DeadLetterError>")]
pub struct DiscardDeadLetter {
    /// Which.
    pub id: Uuid,
    /// Why; kept with it.
    pub reason: String,
}

/// Park a letter again that was given up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), DeadLetterError>")]
pub struct RestoreDeadLetter(pub Uuid);

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeadLetterError {
    /// No such dead letter.
    #[error("no such dead letter")]
    NotFound,
    /// It was replayed or discarded before.
    #[error("the dead letter is not parked")]
    NotParked,
    /// It was not given up.
    #[error("the dead letter is not discarded")]
    NotDiscarded,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
