//! [`DeadLetters`] on SQLite.

use async_trait::async_trait;
use rusqlite::Row;
use time::OffsetDateTime;
use tropa_contract::{
    domain::{DeadLetter, DeadLetterGroup, DeadLetterState, Envelope, Fingerprint, OrderId},
    port::{DeadLetterFilter, DeadLetters, StoreError},
    rules::{self, Facts, Message, Standing},
};
use uuid::Uuid;

use super::{
    SqliteStore,
    batch::{all, first},
    column::{count_at, micros, time_at, uuid_at},
    failure::Failure,
    letter, message, statement,
    writer::Durability,
};

#[async_trait]
impl DeadLetters for SqliteStore {
    async fn park(&self, batch: Vec<DeadLetter>) -> Result<(), StoreError> {
        self.write(Durability::Full, move |tx| batch.iter().try_for_each(|l| letter::park(tx, l))).await
    }

    async fn list(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |connection| {
            let params = (
                listed(filter.ids.as_deref())?,
                filter.state.map(DeadLetterState::as_str),
                filter.fingerprint.as_ref().map(Fingerprint::as_str),
                filter.topic.as_deref(),
                filter.order_id.as_ref().map(OrderId::as_str),
                rules::page_size(filter.limit),
                filter.offset,
            );
            all(connection, walk(&filter), params, letter::read)
        })
        .await
    }

    async fn pick(&self, filter: DeadLetterFilter) -> Result<Vec<(Uuid, OffsetDateTime)>, StoreError> {
        self.read(move |connection| {
            let params = (
                listed(filter.ids.as_deref())?,
                filter.state.map(DeadLetterState::as_str),
                filter.fingerprint.as_ref().map(Fingerprint::as_str),
                filter.topic.as_deref(),
                filter.order_id.as_ref().map(OrderId::as_str),
                filter.limit,
            );
            let picked = |row: &Row<'_>| Ok((uuid_at(row, 0)?, time_at(row, 1)?));
            all(connection, statement::PICK_LETTERS, params, picked)
        })
        .await
    }

    async fn groups(&self) -> Result<Vec<DeadLetterGroup>, StoreError> {
        let now = micros(self.clock.now());
        self.read(move |connection| {
            let mut groups = all(connection, statement::LETTER_GROUPS, [], letter::read_group)?;
            let since = now - DeadLetterGroup::MINUTES * 60_000_000;
            let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?, count_at(row, 2)?));
            let minutes: Vec<(String, i64, u64)> =
                all(connection, statement::LETTER_MINUTES, [since, now], read)?;
            for (fingerprint, ago, count) in minutes {
                DeadLetterGroup::count_minute(&mut groups, &fingerprint, ago, count);
            }
            Ok(groups)
        })
        .await
    }

    async fn replay(&self, id: Uuid, envelope: Envelope) -> Result<bool, StoreError> {
        self.write(Durability::Full, move |batch| {
            if batch.execute(statement::REPLAY_LETTER, [id.as_bytes()])? == 0 {
                return Ok(false);
            }
            let Some(Standing { seq, .. }) = batch.standing(&envelope.order_id)? else {
                return Err(Failure::Fault(format!(
                    "dead letter {id} is about order {}, which does not exist",
                    envelope.order_id
                )));
            };
            message::send(batch, &Message { seq, envelope: &envelope, due_at: None, reason: None })?;
            Ok(true)
        })
        .await
    }

    async fn discard(&self, ids: Vec<Uuid>, reason: &str) -> Result<u64, StoreError> {
        let reason = reason.to_owned();
        self.write(Durability::Full, move |batch| {
            let mut discarded = 0;
            for id in &ids {
                discarded += batch.execute(statement::DISCARD_LETTER, (id.as_bytes(), &reason))?;
            }
            Ok(discarded as u64)
        })
        .await
    }

    async fn restore(&self, ids: Vec<Uuid>) -> Result<u64, StoreError> {
        self.write(Durability::Full, move |batch| {
            let mut restored = 0;
            for id in &ids {
                restored += batch.execute(statement::RESTORE_LETTER, [id.as_bytes()])?;
            }
            Ok(restored as u64)
        })
        .await
    }

    async fn parked(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            Ok(first(connection, statement::COUNT_PARKED, [], |row| count_at(row, 0))?.unwrap_or(0))
        })
        .await
    }
}

/// Read by `json_each` and `unhex`.
fn listed(ids: Option<&[Uuid]>) -> Result<Option<String>, Failure> {
    let simple = |ids: &[Uuid]| ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>();
    Ok(ids.map(|ids| serde_json::to_string(&simple(ids))).transpose()?)
}

/// The statement whose index leaves least.
fn walk(filter: &DeadLetterFilter) -> &'static str {
    if filter.ids.is_some() {
        statement::LIST_LETTERS_BY_ID
    } else if filter.order_id.is_some() {
        statement::LIST_LETTERS_OF_ORDER
    } else if filter.fingerprint.is_some() {
        statement::LIST_LETTERS_BY_KIND
    } else if filter.topic.is_some() {
        statement::LIST_LETTERS_BY_TOPIC
    } else if filter.state.is_some() {
        statement::LIST_LETTERS_BY_STATE
    } else {
        statement::LIST_LETTERS
    }
}
