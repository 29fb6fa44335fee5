//! What can go wrong with a message.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

/// Why a question was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The mailbox is closed for good. The message was not handled and never will be.
    #[error("closed: the message was not handled")]
    Closed,
    /// The actor died while it handled the message, or dropped the reply. Whether it took effect is unknown.
    #[error("crashed while handling: the outcome is unknown")]
    Crashed,
    /// The deadline passed. If the message still waited, it is cancelled; if it was being handled, the outcome is unknown.
    #[error("timed out: the outcome is unknown")]
    Timeout,
}

/// The mailbox is closed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("closed: the message was not accepted")]
pub struct Closed;

/// Why a message was not accepted at once; it comes back.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TryTellError<M> {
    /// There is no room at the moment.
    #[error("the mailbox is full")]
    Full(M),
    /// The mailbox is closed for good, or draining towards it.
    #[error("the mailbox is closed")]
    Closed(M),
}

impl<M> TryTellError<M> {
    /// The message.
    pub fn into_message(self) -> M {
        match self {
            TryTellError::Full(message) | TryTellError::Closed(message) => message,
        }
    }
}

// By hand: a message need not be `Debug` for its error to be unwrapped.
impl<M> std::fmt::Debug for TryTellError<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TryTellError::Full(_) => "Full(..)",
            TryTellError::Closed(_) => "Closed(..)",
        })
    }
}

/// Tells whether the message with an ordinal was thrown away unhandled.
pub(crate) trait Discards: Send + Sync {
    fn unhandled(&self, ordinal: u64) -> bool;
}

/// The reply to a message that [`Ref::try_ask`](crate::Ref::try_ask) has put into the mailbox. Dropping it cancels the
/// message if it still waits.
#[must_use = "dropping the reply cancels the message"]
pub struct Reply<R> {
    answer: oneshot::Receiver<R>,
    discards: Arc<dyn Discards>,
    ordinal: u64,
}

impl<R> Reply<R> {
    pub(crate) fn new(answer: oneshot::Receiver<R>, discards: Arc<dyn Discards>, ordinal: u64) -> Self {
        Reply { answer, discards, ordinal }
    }
}

impl<R> Future for Reply<R> {
    type Output = Result<R, AskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        Poll::Ready(match ready!(Pin::new(&mut this.answer).poll(cx)) {
            Ok(answer) => Ok(answer),
            Err(_) if this.discards.unhandled(this.ordinal) => Err(AskError::Closed),
            Err(_) => Err(AskError::Crashed),
        })
    }
}

impl<R> std::fmt::Debug for Reply<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("ordinal", &self.ordinal).finish_non_exhaustive()
    }
}
