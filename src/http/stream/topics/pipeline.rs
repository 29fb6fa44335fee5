//! What each stage of the pipeline gets done.

use futures_util::FutureExt;
use tokio::time::Duration;

use crate::http::{
    pipeline::read,
    stream::{
        picture::{Plain, text},
        topic::Topic,
    },
};

/// As often as its figures are made.
const EVERY: Duration = Duration::from_secs(1);

/// How it stands.
pub(in crate::http::stream) fn picture() -> Plain {
    Plain::new(Topic::Pipeline, EVERY, |edge| async { Ok(text(&read(edge).await?)) }.boxed_local())
}
