//! [`Operations`] on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use time::{OffsetDateTime, UtcOffset};
use tokio_postgres::Row;
use tropa_contract::{
    domain::{ItemOutcome, Operation, OperationError, OperationItem, OperationState, TraceParent},
    port::{Operations, StoreError, Terms},
    rules,
};
use uuid::Uuid;

use super::{
    PostgresStore,
    column::{count_at, document, parsed, parsed_or_null, time_at},
    failure::Failure,
    statement,
};

/// Items written in one go.
const CHUNK: usize = 5_000;
/// No time is longer: a century, so that what lies before it is a time PostgreSQL knows.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

#[async_trait]
impl Operations for PostgresStore {
    async fn freeze(
        &self,
        operation: Operation,
        items: Vec<(String, Option<u64>)>,
    ) -> Result<(), StoreError> {
        let Operation { id, kind, matched, subject, reason, trace, created_at, .. } = &operation;
        let (kind, trace) = (kind.as_str(), trace.as_ref().map(TraceParent::as_str));
        let matched = matched.cast_signed();
        self.execute(
            statement::INSERT_OPERATION,
            &[id, &kind, &matched, subject, reason, &trace, created_at],
        )
        .await?;
        let items: Vec<_> = (0_i64..).zip(&items).collect();
        for chunk in items.chunks(CHUNK) {
            let n: Vec<i64> = chunk.iter().map(|(n, _)| *n).collect();
            let target: Vec<&str> = chunk.iter().map(|(_, (target, _))| target.as_str()).collect();
            let version: Vec<Option<i64>> =
                chunk.iter().map(|(_, (_, version))| version.map(u64::cast_signed)).collect();
            self.execute(statement::INSERT_OPERATION_ITEMS, &[id, &n, &target, &version]).await?;
        }
        Ok(())
    }

    async fn freeze_done(
        &self,
        operation: Operation,
        of: Uuid,
        silence: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let silence = micros(silence);
        let Operation { id, kind, subject, reason, trace, created_at, .. } = &operation;
        let (kind, trace) = (kind.as_str(), trace.as_ref().map(TraceParent::as_str));
        let params: [super::transaction::Param<'_>; 8] =
            [id, &kind, &of, subject, reason, &trace, created_at, &silence];
        let rows = self.rows(statement::COPY_DONE_ITEMS, &params).await?;
        Ok(rows.first().map(|row| count_at(row, 0)).transpose()?)
    }

    async fn start(
        &self,
        id: Uuid,
        terms: Terms,
        runner: Uuid,
        within: Duration,
    ) -> Result<Option<Operation>, StoreError> {
        let Terms { kind, rate, subject, reason } = &terms;
        let (kind, rate, within) = (kind.as_str(), rate.map(i64::from), micros(within));
        let params: [super::transaction::Param<'_>; 7] =
            [&id, &kind, &rate, subject, reason, &runner, &within];
        let rows = self.rows(statement::START_OPERATION, &params).await?;
        Ok(rows.first().map(read).transpose()?)
    }

    async fn follow(&self, runner: Uuid, silence: Duration) -> Result<Option<Operation>, StoreError> {
        let rows = self.rows(statement::FOLLOW_OPERATION, &[&runner, &micros(silence)]).await?;
        Ok(rows.first().map(read).transpose()?)
    }

    async fn next_items(&self, id: Uuid, limit: u32) -> Result<Vec<OperationItem>, StoreError> {
        let rows = self.rows(statement::NEXT_ITEMS, &[&id, &i64::from(limit)]).await?;
        let item = |row: &Row| {
            let version: Option<i64> = row.try_get(2)?;
            Ok::<_, Failure>(OperationItem {
                n: count_at(row, 0)?,
                target: row.try_get(1)?,
                version: version.map(i64::cast_unsigned),
            })
        };
        Ok(rows.iter().map(item).collect::<Result<_, _>>()?)
    }

    async fn record(
        &self,
        id: Uuid,
        runner: Uuid,
        outcomes: Vec<(u64, ItemOutcome)>,
        errors: Vec<OperationError>,
    ) -> Result<bool, StoreError> {
        let of = |outcome| {
            let numbers = outcomes.iter().filter(|(_, of)| *of == outcome).map(|(n, _)| n.cast_signed());
            numbers.collect::<Vec<i64>>()
        };
        let (done, skipped, failed) =
            (of(ItemOutcome::Done), of(ItemOutcome::Skipped), of(ItemOutcome::Failed));
        let errors = serde_json::to_string(&errors).map_err(Failure::from)?;
        let rows = self
            .rows(statement::RECORD_OPERATION, &[&id, &runner, &done, &skipped, &failed, &errors])
            .await?;
        let mine = rows.first().map(|row| row.try_get(0)).transpose().map_err(Failure::from)?;
        Ok(mine.unwrap_or(false))
    }

    async fn end(&self, id: Uuid, runner: Uuid, state: OperationState) -> Result<bool, StoreError> {
        Ok(self.execute(statement::END_OPERATION, &[&id, &runner, &state.as_str()]).await? > 0)
    }

    async fn stop(&self, id: Uuid) -> Result<bool, StoreError> {
        Ok(self.execute(statement::STOP_OPERATION, &[&id]).await? > 0)
    }

    async fn operation(&self, id: Uuid) -> Result<Option<Operation>, StoreError> {
        let rows = self.rows(statement::LOAD_OPERATION, &[&id]).await?;
        Ok(rows.first().map(read).transpose()?)
    }

    async fn operations(&self, limit: u32) -> Result<Vec<Operation>, StoreError> {
        let limit = i64::from(rules::page_size(limit));
        let rows = self.browse(statement::LIST_OPERATIONS, &[&limit]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn forget(&self, frozen: Duration, ended: Duration, limit: u32) -> Result<u64, StoreError> {
        let rows = self.rows(statement::FORGETTABLE_OPERATION, &[&micros(frozen), &micros(ended)]).await?;
        let id: Option<Uuid> = rows.first().map(|row| row.try_get(0)).transpose().map_err(Failure::from)?;
        let Some(id) = id else { return Ok(0) };
        let items = self.execute(statement::FORGET_ITEMS, &[&id, &i64::from(limit)]).await?;
        if items < u64::from(limit) {
            return Ok(items + self.execute(statement::FORGET_OPERATION, &[&id]).await?);
        }
        Ok(items)
    }
}

fn micros(time: Duration) -> i64 {
    time.min(LONGEST).as_micros() as i64
}

fn read(row: &Row) -> Result<Operation, Failure> {
    let moment = |column: usize| -> Result<Option<OffsetDateTime>, Failure> {
        let at: Option<OffsetDateTime> = row.try_get(column)?;
        Ok(at.map(|at| at.to_offset(UtcOffset::UTC)))
    };
    let rate: Option<i64> = row.try_get(7)?;
    Ok(Operation {
        id: row.try_get(0)?,
        kind: parsed(row, 1)?,
        state: parsed(row, 2)?,
        matched: count_at(row, 3)?,
        done: count_at(row, 4)?,
        skipped: count_at(row, 5)?,
        failed: count_at(row, 6)?,
        rate: rate.and_then(|rate| u32::try_from(rate).ok()),
        subject: row.try_get(8)?,
        reason: row.try_get(9)?,
        trace: parsed_or_null(row, 10)?,
        errors: document(row, 11)?,
        created_at: time_at(row, 12)?,
        started_at: moment(13)?,
        ended_at: moment(14)?,
    })
}
