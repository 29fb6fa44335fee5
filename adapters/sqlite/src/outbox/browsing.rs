//! Unpublished rows as people look at them. Claims are in memory, and come along.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Row};
use time::OffsetDateTime;
use tropa_contract::{
    domain::{MessageLease, MessageState, OutboxMessage, PendingMessage, Topic},
    port::{LOOKED_AT, MessageFilter, MessagePage, TopicBacklog},
    rules,
};

use crate::{
    batch::all,
    column::{count_at, event_id_at, parsed, parsed_or_null, time, time_at},
    failure::Failure,
    statement,
};

/// Claims: row, owner, end of the lease.
type Leases = BTreeMap<i64, (Arc<str>, i64)>;

/// What waits, by topic.
pub fn topics(connection: &Connection, now: i64) -> Result<Vec<TopicBacklog>, Failure> {
    all(connection, statement::BACKLOG_BY_TOPIC, [LOOKED_AT], |row| {
        let due_at: i64 = row.get(2)?;
        let oldest_due = (due_at <= now).then(|| Duration::from_micros(now.abs_diff(due_at)));
        Ok(TopicBacklog { topic: row.get(0)?, pending: count_at(row, 1)?, oldest_due })
    })
}

/// One page. Rows come one after the other, and no more than it takes.
pub fn page(
    connection: &Connection,
    filter: &MessageFilter,
    leases: &Leases,
    now: OffsetDateTime,
) -> Result<MessagePage, Failure> {
    let (after, limit) = (filter.after.unwrap_or(0), rules::page_size(filter.limit) as usize);
    let claimed_only = filter.state == Some(MessageState::Leased) && filter.order.is_none();
    let claimed = serde_json::to_string(&leases.keys().collect::<Vec<_>>())?;
    let sql = match (&filter.order, claimed_only) {
        (Some(_), _) => statement::LIST_MESSAGES_OF_ORDER,
        (None, true) => statement::LIST_MESSAGES_BY_ID,
        (None, false) => statement::LIST_MESSAGES,
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = match &filter.order {
        Some(order) => statement.query((after, LOOKED_AT, order.as_str()))?,
        None if claimed_only => statement.query([&claimed])?,
        None => statement.query((after, LOOKED_AT))?,
    };
    let (mut page, mut looked_at) = (MessagePage::default(), 0);
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let message = message(row, leases)?;
        let (topic, state) = (filter.topic.map(Topic::as_str), filter.state);
        let last = message.id;
        if topic.is_none_or(|topic| topic == message.topic)
            && state.is_none_or(|state| state == message.state(now))
        {
            // One more than fits is there.
            if page.messages.len() == limit {
                page.next = page.messages.last().map(|message| message.id);
                return Ok(page);
            }
            page.messages.push(message);
        }
        page.next = (!claimed_only && looked_at == LOOKED_AT).then_some(last);
    }
    Ok(page)
}

/// Reads a row that begins as those of `list_messages.sql` do.
pub fn message(row: &Row<'_>, leases: &Leases) -> Result<OutboxMessage, Failure> {
    let id = row.get(0)?;
    let lease = leases.get(&id).map(|(owner, until)| {
        Ok::<_, Failure>(MessageLease { owner: owner.to_string(), until: time(*until)? })
    });
    let due_at: Option<i64> = row.get(8)?;
    let pending = match due_at {
        Some(due_at) => Some(PendingMessage {
            due_at: time(due_at)?,
            reason: parsed_or_null(row, 9)?,
            attempts: count_at(row, 10)?,
            last_error: row.get(11)?,
            lease: lease.transpose()?,
        }),
        None => None,
    };
    Ok(OutboxMessage {
        id,
        event_id: event_id_at(row, 1)?,
        topic: row.get(2)?,
        order_id: parsed(row, 3)?,
        version: count_at(row, 4)?,
        created_at: time_at(row, 5)?,
        trace: row.get(6)?,
        bytes: count_at(row, 7)?,
        pending,
    })
}
