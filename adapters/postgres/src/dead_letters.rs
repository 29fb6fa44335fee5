//! [`DeadLetters`] on PostgreSQL.

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::Type};
use tropa_contract::{
    domain::{DeadLetter, DeadLetterGroup, DeadLetterState, Envelope, Fingerprint, OrderId, TraceParent},
    port::{DeadLetterFilter, DeadLetters, StoreError},
    rules,
};
use uuid::Uuid;

use super::{
    PostgresStore,
    column::{count_at, document, event_id_at, parsed, parsed_or_null, time_at},
    connection::{Connection, bounded},
    failure::Failure,
    letter, statement,
};

#[async_trait]
impl DeadLetters for PostgresStore {
    async fn park(&self, batch: Vec<DeadLetter>) -> Result<(), StoreError> {
        let letters = letter::Columns::of(&batch)?;
        self.execute(statement::PARK_LETTERS, &letters.params()).await.map(|_| ())
    }

    async fn list(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, StoreError> {
        let connection = self.browsing().await?;
        let outcome = bounded(list(&connection, &filter)).await;
        connection.give_back(outcome)
    }

    /// Not prepared, as the list.
    async fn pick(&self, filter: DeadLetterFilter) -> Result<Vec<(Uuid, OffsetDateTime)>, StoreError> {
        let connection = self.browsing().await?;
        let outcome = bounded(pick(&connection, &filter)).await;
        connection.give_back(outcome)
    }

    async fn groups(&self) -> Result<Vec<DeadLetterGroup>, StoreError> {
        let rows = self.browse(statement::LETTER_GROUPS, &[]).await?;
        let mut groups = rows.iter().map(group).collect::<Result<Vec<_>, _>>()?;
        let now = self.inner.clock.now();
        let since = now - time::Duration::minutes(DeadLetterGroup::MINUTES);
        for row in self.browse(statement::LETTER_MINUTES, &[&since, &now]).await? {
            let (fingerprint, ago, count) = minute(&row)?;
            DeadLetterGroup::count_minute(&mut groups, &fingerprint, ago, count);
        }
        Ok(groups)
    }

    async fn replay(&self, id: Uuid, envelope: Envelope) -> Result<bool, StoreError> {
        let order = envelope.order_id.as_str();
        let trace = envelope.trace.as_ref().map(TraceParent::as_str);
        let (topic, version) = (envelope.topic.as_str(), envelope.version.cast_signed());
        let rows = self
            .rows(
                statement::REPLAY_LETTER,
                &[
                    &id,
                    &order,
                    &envelope.event_id.0,
                    &topic,
                    &version,
                    &envelope.payload,
                    &trace,
                    &envelope.created_at,
                ],
            )
            .await?;
        let (sent, parked, known) = match rows.first() {
            Some(row) => told(row)?,
            None => (false, false, true),
        };
        if parked && !known {
            return Err(StoreError::Fault(format!(
                "dead letter {id} is about order {order}, which does not exist"
            )));
        }
        if sent {
            self.wake_relays();
        }
        Ok(sent)
    }

    async fn discard(&self, ids: Vec<Uuid>, reason: &str) -> Result<u64, StoreError> {
        self.execute(statement::DISCARD_LETTERS, &[&ids, &reason]).await
    }

    async fn restore(&self, ids: Vec<Uuid>) -> Result<u64, StoreError> {
        self.execute(statement::RESTORE_LETTERS, &[&ids]).await
    }

    async fn parked(&self) -> Result<u64, StoreError> {
        let rows = self.rows(statement::COUNT_PARKED, &[]).await?;
        Ok(rows.first().map(|row| count_at(row, 0)).transpose()?.unwrap_or(0))
    }
}

/// Not prepared: the statement is planned for this filter alone.
async fn list(connection: &Connection, filter: &DeadLetterFilter) -> Result<Vec<DeadLetter>, Failure> {
    let state = filter.state.map(DeadLetterState::as_str);
    let fingerprint = filter.fingerprint.as_ref().map(Fingerprint::as_str);
    let order = filter.order_id.as_ref().map(OrderId::as_str);
    let (limit, offset) = (i64::from(rules::page_size(filter.limit)), i64::from(filter.offset));
    let rows = connection
        .query_typed(
            statement::LIST_LETTERS,
            &[
                (&filter.ids, Type::UUID_ARRAY),
                (&state, Type::TEXT),
                (&fingerprint, Type::TEXT),
                (&filter.topic, Type::TEXT),
                (&order, Type::TEXT),
                (&limit, Type::INT8),
                (&offset, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(read).collect()
}

async fn pick(
    connection: &Connection,
    filter: &DeadLetterFilter,
) -> Result<Vec<(Uuid, OffsetDateTime)>, Failure> {
    let state = filter.state.map(DeadLetterState::as_str);
    let fingerprint = filter.fingerprint.as_ref().map(Fingerprint::as_str);
    let (order, limit) = (filter.order_id.as_ref().map(OrderId::as_str), i64::from(filter.limit));
    let rows = connection
        .query_typed(
            statement::PICK_LETTERS,
            &[
                (&filter.ids, Type::UUID_ARRAY),
                (&state, Type::TEXT),
                (&fingerprint, Type::TEXT),
                (&filter.topic, Type::TEXT),
                (&order, Type::TEXT),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, time_at(row, 1)?))).collect()
}

/// Of a row of `letter_minutes.sql`.
fn minute(row: &Row) -> Result<(String, i64, u64), Failure> {
    Ok((row.try_get(0)?, row.try_get(1)?, count_at(row, 2)?))
}

/// What `replay_letter.sql` tells.
fn told(row: &Row) -> Result<(bool, bool, bool), Failure> {
    Ok((row.try_get::<_, i64>(0)? > 0, row.try_get(1)?, row.try_get(2)?))
}

fn read(row: &Row) -> Result<DeadLetter, Failure> {
    Ok(DeadLetter {
        id: row.try_get(0)?,
        event_id: event_id_at(row, 1)?,
        topic: row.try_get(2)?,
        order_id: parsed_or_null(row, 3)?,
        error: row.try_get(4)?,
        fingerprint: Fingerprint::from_stored(row.try_get(5)?),
        payload: row.try_get(6)?,
        headers: document(row, 7)?,
        attempts: count_at(row, 8)?,
        first_seen: time_at(row, 9)?,
        last_seen: time_at(row, 10)?,
        state: parsed(row, 11)?,
        discard_reason: row.try_get(12)?,
    })
}

fn group(row: &Row) -> Result<DeadLetterGroup, Failure> {
    Ok(DeadLetterGroup {
        fingerprint: Fingerprint::from_stored(row.try_get(0)?),
        error: row.try_get(1)?,
        topic: row.try_get(2)?,
        count: count_at(row, 3)?,
        first_seen: time_at(row, 4)?,
        last_seen: time_at(row, 5)?,
        per_minute: DeadLetterGroup::no_minutes(),
    })
}
