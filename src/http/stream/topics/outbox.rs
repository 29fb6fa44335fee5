//! What the outbox holds.

use futures_util::FutureExt;
use tokio::time::Duration;

use crate::http::{
    overview::backlog,
    stream::{
        picture::{Plain, text},
        topic::Topic,
    },
};

/// Rows are counted.
const EVERY: Duration = Duration::from_secs(1);

/// What waits.
pub(in crate::http::stream) fn picture() -> Plain {
    Plain::new(Topic::Outbox, EVERY, |edge| async { Ok(text(&backlog(edge).await?)) }.boxed_local())
}
