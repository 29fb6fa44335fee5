//! [`Operations`] on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Row;
use tropa_contract::{
    domain::{ItemOutcome, Operation, OperationError, OperationItem, OperationState, TraceParent},
    port::{Operations, StoreError, Terms},
    rules,
};
use uuid::Uuid;

use super::{
    SqliteStore,
    batch::{Batch, all, first},
    column::{count_at, micros, parsed, parsed_or_null, time, time_at, uuid_at},
    failure::Failure,
    statement,
    writer::Durability,
};

/// Items written in one go: a few milliseconds of the writer's time.
const CHUNK: usize = 1_000;

#[async_trait]
impl Operations for SqliteStore {
    async fn freeze(
        &self,
        operation: Operation,
        items: Vec<(String, Option<u64>)>,
    ) -> Result<(), StoreError> {
        let id = operation.id;
        self.write(Durability::Full, move |batch| insert(batch, &operation)).await?;
        let items: Vec<_> = (0_i64..).zip(items).collect();
        for chunk in items.chunks(CHUNK) {
            let chunk = chunk.to_vec();
            self.write(Durability::Full, move |batch| {
                for (n, (target, version)) in &chunk {
                    let version = version.map(u64::cast_signed);
                    batch.execute(statement::INSERT_OPERATION_ITEM, (id.as_bytes(), n, target, version))?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    async fn freeze_done(
        &self,
        operation: Operation,
        of: Uuid,
        silence: Duration,
    ) -> Result<Option<u64>, StoreError> {
        self.write(Durability::Full, move |batch| {
            let heard = before(batch.now, silence);
            if batch.holds(statement::OPERATION_IN_HAND, (of.as_bytes(), heard))? {
                return Ok(None);
            }
            insert(batch, &operation)?;
            let id = operation.id.as_bytes();
            let copied = batch.execute(statement::COPY_DONE_ITEMS, (id, of.as_bytes()))? as u64;
            batch.execute(statement::MATCH_OPERATION, (id, copied.cast_signed()))?;
            Ok(Some(copied))
        })
        .await
    }

    async fn start(
        &self,
        id: Uuid,
        terms: Terms,
        runner: Uuid,
        within: Duration,
    ) -> Result<Option<Operation>, StoreError> {
        self.write(Durability::Full, move |batch| {
            let Terms { kind, rate, subject, reason } = &terms;
            let params = (
                id.as_bytes(),
                kind.as_str(),
                rate,
                subject,
                reason,
                runner.as_bytes(),
                batch.now,
                before(batch.now, within),
            );
            if batch.execute(statement::START_OPERATION, params)? == 0 {
                return Ok(None);
            }
            batch.first(statement::LOAD_OPERATION, [id.as_bytes()], read)
        })
        .await
    }

    async fn follow(&self, runner: Uuid, silence: Duration) -> Result<Option<Operation>, StoreError> {
        let since = before(micros(self.clock.now()), silence);
        // Hardly ever is there one: the writer is not asked for nothing.
        let silent = self
            .read(move |connection| {
                first(connection, statement::SILENT_OPERATION, [since], |row| uuid_at(row, 0))
            })
            .await?;
        if silent.is_none() {
            return Ok(None);
        }
        self.write(Durability::Full, move |batch| {
            let since = before(batch.now, silence);
            let Some(id) = batch.first(statement::SILENT_OPERATION, [since], |row| uuid_at(row, 0))? else {
                return Ok(None);
            };
            batch.execute(statement::FOLLOW_OPERATION, (id.as_bytes(), runner.as_bytes(), batch.now))?;
            batch.first(statement::LOAD_OPERATION, [id.as_bytes()], read)
        })
        .await
    }

    async fn next_items(&self, id: Uuid, limit: u32) -> Result<Vec<OperationItem>, StoreError> {
        self.read(move |connection| {
            let item = |row: &Row<'_>| {
                let version: Option<i64> = row.get(2)?;
                Ok(OperationItem {
                    n: count_at(row, 0)?,
                    target: row.get(1)?,
                    version: version.map(i64::cast_unsigned),
                })
            };
            all(connection, statement::NEXT_ITEMS, (id.as_bytes(), limit), item)
        })
        .await
    }

    async fn record(
        &self,
        id: Uuid,
        runner: Uuid,
        outcomes: Vec<(u64, ItemOutcome)>,
        errors: Vec<OperationError>,
    ) -> Result<bool, StoreError> {
        self.write(Durability::Full, move |batch| {
            let count = |outcome| outcomes.iter().filter(|(_, of)| *of == outcome).map(|_| 1).sum::<i64>();
            let params = (
                id.as_bytes(),
                runner.as_bytes(),
                count(ItemOutcome::Done),
                count(ItemOutcome::Skipped),
                count(ItemOutcome::Failed),
                serde_json::to_string(&errors)?,
                batch.now,
            );
            let Some(goes_on) = batch.first(statement::RECORD_OPERATION, params, |row| Ok(row.get(0)?))?
            else {
                return Ok(false);
            };
            for (n, outcome) in &outcomes {
                batch.execute(statement::MARK_ITEM, (id.as_bytes(), n.cast_signed(), outcome.as_str()))?;
            }
            Ok(goes_on)
        })
        .await
    }

    async fn end(&self, id: Uuid, runner: Uuid, state: OperationState) -> Result<bool, StoreError> {
        self.write(Durability::Full, move |batch| {
            let params = (id.as_bytes(), runner.as_bytes(), state.as_str(), batch.now);
            Ok(batch.execute(statement::END_OPERATION, params)? > 0)
        })
        .await
    }

    async fn stop(&self, id: Uuid) -> Result<bool, StoreError> {
        self.write(Durability::Full, move |batch| {
            Ok(batch.execute(statement::STOP_OPERATION, (id.as_bytes(), batch.now))? > 0)
        })
        .await
    }

    async fn operation(&self, id: Uuid) -> Result<Option<Operation>, StoreError> {
        self.read(move |connection| first(connection, statement::LOAD_OPERATION, [id.as_bytes()], read)).await
    }

    async fn operations(&self, limit: u32) -> Result<Vec<Operation>, StoreError> {
        let limit = rules::page_size(limit);
        self.read(move |connection| all(connection, statement::LIST_OPERATIONS, [limit], read)).await
    }

    async fn forget(&self, frozen: Duration, ended: Duration, limit: u32) -> Result<u64, StoreError> {
        let old = move |now| (before(now, frozen), before(now, ended));
        let since = old(micros(self.clock.now()));
        let found = self
            .read(move |connection| {
                first(connection, statement::FORGETTABLE_OPERATION, since, |row| uuid_at(row, 0))
            })
            .await?;
        let Some(id) = found else { return Ok(0) };
        self.write(Durability::Relaxed, move |batch| {
            let items = batch.execute(statement::FORGET_ITEMS, (id.as_bytes(), limit))?;
            let none_left = items < limit as usize;
            let itself =
                if none_left { batch.execute(statement::FORGET_OPERATION, [id.as_bytes()])? } else { 0 };
            Ok((items + itself) as u64)
        })
        .await
    }
}

fn before(now: i64, ago: Duration) -> i64 {
    now.saturating_sub(i64::try_from(ago.as_micros()).unwrap_or(i64::MAX))
}

fn insert(batch: &Batch<'_>, operation: &Operation) -> Result<(), Failure> {
    let Operation { id, kind, matched, subject, reason, trace, created_at, .. } = operation;
    let params = (
        id.as_bytes(),
        kind.as_str(),
        matched.cast_signed(),
        subject,
        reason,
        trace.as_ref().map(TraceParent::as_str),
        micros(*created_at),
    );
    batch.execute(statement::INSERT_OPERATION, params).map(drop)
}

fn read(row: &Row<'_>) -> Result<Operation, Failure> {
    let moment = |column| row.get::<_, Option<i64>>(column)?.map(time).transpose();
    let errors = row.get_ref(11)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Operation {
        id: uuid_at(row, 0)?,
        kind: parsed(row, 1)?,
        state: parsed(row, 2)?,
        matched: count_at(row, 3)?,
        done: count_at(row, 4)?,
        skipped: count_at(row, 5)?,
        failed: count_at(row, 6)?,
        rate: row.get(7)?,
        subject: row.get(8)?,
        reason: row.get(9)?,
        trace: parsed_or_null(row, 10)?,
        errors: serde_json::from_str(errors)?,
        created_at: time_at(row, 12)?,
        started_at: moment(13)?,
        ended_at: moment(14)?,
    })
}
