//! Unpublished rows as people look at them.

use std::time::Duration;

use tokio_postgres::Row;
use tropa_contract::{
    domain::{MessageLease, MessageState, OutboxMessage, PendingMessage, Topic},
    port::{LOOKED_AT, MessageFilter, MessagePage, StoreError, TopicBacklog},
    rules,
};

use crate::{
    PostgresStore,
    column::{count_at, event_id_at, parsed, parsed_or_null, time_at},
    failure::Failure,
    statement,
};

/// What waits with one routing key.
pub fn topic(row: &Row) -> Result<TopicBacklog, Failure> {
    let oldest: i64 = row.try_get(2)?;
    // Not due yet: below zero.
    let oldest_due = u64::try_from(oldest).ok().map(Duration::from_micros);
    Ok(TopicBacklog { topic: row.try_get(0)?, pending: count_at(row, 1)?, oldest_due })
}

/// One page.
pub async fn page(store: &PostgresStore, filter: &MessageFilter) -> Result<MessagePage, StoreError> {
    let (after, size) = (filter.after.unwrap_or(0), rules::page_size(filter.limit));
    let Some(order) = &filter.order else { return window(store, filter, after, size).await };
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&after, &order.as_str(), &i64::from(LOOKED_AT)];
    let rows = store.browse(statement::LIST_MESSAGES_OF_ORDER, &params).await?;
    let all = rows.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    let now = store.inner.clock.now();
    let matches = |message: &OutboxMessage| {
        filter.topic.is_none_or(|topic| topic.as_str() == message.topic)
            && filter.state.is_none_or(|state| state == message.state(now))
    };
    Ok(cut(all.into_iter().filter(matches).collect(), size))
}

async fn window(
    store: &PostgresStore,
    filter: &MessageFilter,
    after: i64,
    size: u32,
) -> Result<MessagePage, StoreError> {
    let (topic, state) = (filter.topic.map(Topic::as_str), filter.state.map(MessageState::as_str));
    let rows = store
        .browse(
            statement::LIST_MESSAGES,
            &[&after, &(i64::from(size) + 1), &topic, &state, &i64::from(LOOKED_AT)],
        )
        .await?;
    let mut messages = Vec::with_capacity(rows.len());
    let mut end = None;
    for row in &rows {
        let full: bool = row.try_get(15).map_err(Failure::from)?;
        end = row.try_get::<_, Option<i64>>(14).map_err(Failure::from)?.filter(|_| full);
        if row.try_get::<_, Option<i64>>(0).map_err(Failure::from)?.is_some() {
            messages.push(message(row)?);
        }
    }
    let page = cut(messages, size);
    Ok(MessagePage { next: page.next.or(end), ..page })
}

/// One more than fits tells that there is more.
fn cut(mut messages: Vec<OutboxMessage>, size: u32) -> MessagePage {
    let more = messages.len() > size as usize;
    messages.truncate(size as usize);
    let next = messages.last().map(|message| message.id).filter(|_| more);
    MessagePage { messages, next }
}

/// Reads a row that begins as those of `list_messages.sql` do.
pub fn message(row: &Row) -> Result<OutboxMessage, Failure> {
    let (owner, until) = (row.try_get::<_, Option<String>>(12)?, row.try_get(13)?);
    let lease = owner.zip(until).map(|(owner, until)| MessageLease { owner, until });
    let pending = match row.try_get(8)? {
        Some(due_at) => {
            let attempts: i32 = row.try_get(10)?;
            let (attempts, last_error) = (attempts.unsigned_abs(), row.try_get(11)?);
            Some(PendingMessage { due_at, reason: parsed_or_null(row, 9)?, attempts, last_error, lease })
        }
        None => None,
    };
    Ok(OutboxMessage {
        id: row.try_get(0)?,
        event_id: event_id_at(row, 1)?,
        topic: row.try_get(2)?,
        order_id: parsed(row, 3)?,
        version: count_at(row, 4)?,
        created_at: time_at(row, 5)?,
        trace: row.try_get(6)?,
        bytes: count_at(row, 7)?,
        pending,
    })
}
