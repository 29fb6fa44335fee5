//! Dead letters as callers see them.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    dead_letters::Replayed,
    domain::{DeadLetter, DeadLetterGroup, DeadLetterState},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// A message that could not be processed.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(in crate::http) struct DeadLetterView {
    /// Its own id.
    id: Uuid,
    /// The message's id.
    event_id: Uuid,
    /// The routing key.
    #[schema(example = "orders.created")]
    topic: String,
    /// The order it is about, when that could be read.
    order_id: Option<String>,
    /// What went wrong, last.
    error: String,
    /// Groups failures of one kind.
    fingerprint: String,
    /// The message's body, as it came.
    payload: String,
    /// The message's headers.
    headers: BTreeMap<String, String>,
    /// How often it was tried.
    attempts: u32,
    /// When it failed first.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    first_seen: OffsetDateTime,
    /// When it failed last.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_seen: OffsetDateTime,
    /// What became of it.
    state: DeadLetterState,
    /// Why it was discarded.
    discard_reason: Option<String>,
}

/// Dead letters of one kind.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetterGroup)]
pub(in crate::http) struct GroupView {
    /// What they share.
    fingerprint: String,
    /// One of their errors.
    error: String,
    /// The routing key of the newest.
    topic: String,
    /// How many.
    count: u64,
    /// The oldest failure.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    first_seen: OffsetDateTime,
    /// The newest failure.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_seen: OffsetDateTime,
}

/// How an operation went.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetterOperationResult)]
pub(in crate::http) struct OperationView {
    /// Letters that match.
    matched: u64,
    /// Of these, replayed or discarded when the answer went out; 0 in a dry run.
    done: u64,
    /// Whether the rest is being replayed still.
    under_way: bool,
    /// Whether they were only counted.
    dry_run: bool,
}

impl OperationView {
    /// Of what the drain answered.
    pub fn new(went: Replayed, dry_run: bool) -> Self {
        Self { matched: went.matched, done: went.done, under_way: went.under_way, dry_run }
    }
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            event_id: letter.event_id.0,
            topic: letter.topic,
            order_id: letter.order_id.map(Into::into),
            error: letter.error,
            fingerprint: letter.fingerprint.to_string(),
            payload: letter.payload,
            headers: letter.headers,
            attempts: letter.attempts,
            first_seen: letter.first_seen,
            last_seen: letter.last_seen,
            state: letter.state,
            discard_reason: letter.discard_reason,
        }
    }
}

impl From<DeadLetterGroup> for GroupView {
    fn from(group: DeadLetterGroup) -> Self {
        let DeadLetterGroup { fingerprint, error, topic, count, first_seen, last_seen } = group;
        Self { fingerprint: fingerprint.to_string(), error, topic, count, first_seen, last_seen }
    }
}
