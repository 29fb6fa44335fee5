//! [`Chronicle`] on SQLite: the machine's clock is the only one there is, and the file remembers what it has shown.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use time::OffsetDateTime;
use tropa_contract::port::{Chronicle, Horizon, Reading, StoreError, SystemClock};

use super::{
    SqliteStore,
    batch::{Batch, first},
    column::{micros, time, time_at},
    failure::Failure,
    statement,
    writer::Durability,
};

#[async_trait]
impl Chronicle for SqliteStore {
    async fn time(&self) -> Result<Reading, StoreError> {
        Ok(SystemClock.read())
    }

    async fn mark(&self, ran: Duration) -> Result<(), StoreError> {
        // With the machine's power the last moments of running are lost, which forgets nothing sooner.
        self.write(Durability::Relaxed, move |batch| mark(batch, ran)).await
    }

    async fn horizon(&self, span: Duration) -> Result<Option<Horizon>, StoreError> {
        let now = micros(self.clock.now());
        self.read(move |connection| {
            let shown = first(connection, statement::HORIZON, (length(span), now), |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<bool>>(1)?))
            })?;
            let Some((Some(earliest), complete)) = shown else { return Ok(None) };
            Ok(Some(Horizon { earliest: time(earliest)?, complete: complete.unwrap_or(false) }))
        })
        .await
    }
}

/// Notes what the clock shows at the transaction's time.
pub fn mark(batch: &mut Batch<'_>, ran: Duration) -> Result<(), Failure> {
    batch.execute(statement::MARK_CLOCK, (batch.now, length(ran)))?;
    batch.execute(statement::MARK_HISTORY, [batch.now])?;
    batch.execute(statement::FORGET_HISTORY, [])?;
    Ok(())
}

/// Until when the file was written, as far as it says; `None` of a new one.
pub fn left_off(connection: &Connection) -> Result<Option<OffsetDateTime>, Failure> {
    first(connection, statement::LEFT_OFF, [], |row| time_at(row, 0))
}

fn length(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
