//! The outbox as callers see it.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{MessageState, OutboxMessage, PendingMessage, WaitReason},
    port::{MessagePage, TopicBacklog},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::overview::OutboxView;

/// What the outbox holds, and of what kinds.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OutboxBacklog)]
pub(in crate::http) struct BacklogView {
    #[serde(flatten)]
    pub outbox: OutboxView,
    /// The oldest 2,000 messages, or all of them, by their topics; those first of which there are most.
    pub topics: Vec<TopicView>,
}

/// What waits with one routing key.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OutboxTopic)]
pub(in crate::http) struct TopicView {
    /// The routing key.
    #[schema(example = "orders.created")]
    topic: String,
    /// Unpublished messages, those due later included.
    pending: u64,
    /// Age of the oldest that is due; `null` when none is.
    oldest_due_ms: Option<u64>,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
#[schema(as = OutboxMessagePage)]
pub(in crate::http) struct MessagePageView {
    /// In the order in which they were written.
    messages: Vec<MessageView>,
    /// Behind which message the next page begins; `null` when nothing follows.
    next_after: Option<i64>,
}

/// A message on its way to the broker: all but what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = OutboxMessage)]
pub(in crate::http) struct MessageView {
    /// Its place in the outbox.
    id: i64,
    /// The message's id.
    event_id: Uuid,
    /// The routing key.
    #[schema(example = "orders.created")]
    topic: String,
    /// The order it is about.
    order_id: String,
    /// The order's version the event belongs to.
    version: u64,
    /// How far it is.
    state: MessageState,
    /// When it was written.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// From when on it may be published; `null` once it is.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<OffsetDateTime>,
    /// What it waits for until then: `driver`, `fleet`, `backoff`.
    #[schema(value_type = Option<String>, example = "driver")]
    waits_for: Option<WaitReason>,
    /// How often publishing failed.
    attempts: u32,
    /// What the broker said last.
    last_error: Option<String>,
    /// The relay that publishes it.
    #[schema(example = "tropa-1/relay")]
    leased_by: Option<String>,
    /// Until when nobody else does.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    leased_until: Option<OffsetDateTime>,
    /// What it says, in bytes.
    bytes: u64,
}

/// A message and what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = OutboxMessageRevealed)]
pub(in crate::http) struct RevealedView {
    #[serde(flatten)]
    message: MessageView,
    /// The body, JSON.
    payload: String,
    /// The headers that go with it.
    headers: BTreeMap<&'static str, String>,
}

impl BacklogView {
    pub fn new(outbox: OutboxView, topics: Vec<TopicBacklog>) -> Self {
        let topic = |TopicBacklog { topic, pending, oldest_due }: TopicBacklog| TopicView {
            topic,
            pending,
            oldest_due_ms: oldest_due.map(|age| age.as_millis() as u64),
        };
        Self { outbox, topics: topics.into_iter().map(topic).collect() }
    }
}

impl MessagePageView {
    pub fn new(page: MessagePage, now: OffsetDateTime) -> Self {
        let messages = page.messages.into_iter().map(|message| MessageView::new(message, now));
        Self { messages: messages.collect(), next_after: page.next }
    }
}

impl MessageView {
    /// As it is at this moment.
    fn new(message: OutboxMessage, now: OffsetDateTime) -> Self {
        let state = message.state(now);
        let OutboxMessage { id, event_id, topic, order_id, version, created_at, bytes, pending, .. } =
            message;
        let (due_at, waits_for, attempts, last_error, lease) = match pending {
            Some(PendingMessage { due_at, reason, attempts, last_error, lease }) => {
                (Some(due_at), reason, attempts, last_error, lease)
            }
            None => (None, None, 0, None, None),
        };
        // One that is over says nothing.
        let lease = lease.filter(|_| state == MessageState::Leased);
        Self {
            id,
            event_id: event_id.0,
            topic,
            order_id: order_id.to_string(),
            version,
            state,
            created_at,
            due_at,
            waits_for,
            attempts,
            last_error,
            leased_until: lease.as_ref().map(|lease| lease.until),
            leased_by: lease.map(|lease| lease.owner),
            bytes,
        }
    }
}

impl RevealedView {
    pub fn new(message: OutboxMessage, payload: String, now: OffsetDateTime) -> Self {
        let mut headers = BTreeMap::from([
            ("x-event-version", message.version.to_string()),
            ("x-aggregate-id", message.order_id.to_string()),
        ]);
        headers.extend(message.trace.clone().map(|trace| ("traceparent", trace)));
        Self { message: MessageView::new(message, now), payload, headers }
    }
}
