//! Dead letters as callers see them.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::domain::{DeadLetter, DeadLetterGroup, DeadLetterState};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::operations::ResultView;

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
    /// Never here: what a message says is shown at the letter's `/payload`, to operators, and that is written down.
    payload: Option<String>,
    /// How long the message's body is.
    payload_bytes: u64,
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
    /// How many failed last in each of the last 30 minutes, the oldest minute first. Of a flood the newest 100,000 are counted.
    #[schema(min_items = 30, max_items = 30)]
    per_minute: Vec<u64>,
}

/// What a message says.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetterPayload)]
pub(in crate::http) struct PayloadView {
    /// The message's body, as it came.
    payload: String,
    /// The message's headers.
    headers: BTreeMap<String, String>,
}

impl From<DeadLetter> for PayloadView {
    fn from(DeadLetter { payload, headers, .. }: DeadLetter) -> Self {
        Self { payload, headers }
    }
}

/// What came of something done to dead letters.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetterOperationResult)]
pub(in crate::http) struct LettersResultView {
    #[serde(flatten)]
    result: ResultView,
    /// In a dry run the first ten.
    sample: Vec<DeadLetterView>,
}

impl LettersResultView {
    /// Of one letter.
    pub fn one(done: bool) -> Self {
        Self { result: ResultView::one(done), sample: Vec::new() }
    }

    /// Of an operation.
    pub fn new(result: ResultView, sample: Vec<DeadLetter>) -> Self {
        Self { result, sample: sample.into_iter().map(DeadLetterView::from).collect() }
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
            payload: None,
            payload_bytes: letter.payload.len() as u64,
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
        let DeadLetterGroup { fingerprint, error, topic, count, first_seen, last_seen, per_minute } = group;
        let fingerprint = fingerprint.to_string();
        Self { fingerprint, error, topic, count, first_seen, last_seen, per_minute }
    }
}
