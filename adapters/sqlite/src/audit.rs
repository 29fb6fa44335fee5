//! [`Audit`] on SQLite.

use async_trait::async_trait;
use rusqlite::Row;
use tropa_contract::{
    domain::{AuditEntry, AuditLine, AuditOutcome},
    port::{Audit, AuditFilter, StoreError},
    rules,
};

use super::{
    SqliteStore,
    batch::all,
    column::{count_at, micros, parsed, time_at},
    failure::Failure,
    statement,
    writer::Durability,
};

#[async_trait]
impl Audit for SqliteStore {
    async fn append(&self, line: AuditLine) -> Result<u64, StoreError> {
        self.write(Durability::Full, move |batch| {
            let id = batch.insert(
                statement::APPEND_AUDIT,
                (
                    micros(line.at),
                    &line.instance,
                    &line.subject,
                    &line.role,
                    &line.action,
                    &line.target,
                    &line.reason,
                    line.outcome.as_str(),
                    &line.detail,
                    &line.trace_id,
                ),
            )?;
            Ok(id.unsigned_abs())
        })
        .await
    }

    async fn entries(&self, filter: AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(move |connection| {
            let bound = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
            let params = (
                filter.before.map_or(i64::MAX, bound),
                filter.after.map_or(0, bound),
                filter.since.map_or(i64::MIN, micros),
                filter.action.as_deref(),
                filter.target.as_deref(),
                filter.subject.as_deref(),
                filter.outcome.map(AuditOutcome::as_str),
                rules::page_size(filter.limit),
            );
            all(connection, walk(&filter), params, read)
        })
        .await
    }
}

/// The statement whose index leaves least.
fn walk(filter: &AuditFilter) -> &'static str {
    if filter.target.is_some() {
        statement::LIST_AUDIT_BY_TARGET
    } else if filter.subject.is_some() {
        statement::LIST_AUDIT_BY_SUBJECT
    } else if filter.action.is_some() {
        statement::LIST_AUDIT_BY_ACTION
    } else if filter.outcome.is_some() {
        statement::LIST_AUDIT_BY_OUTCOME
    } else {
        statement::LIST_AUDIT
    }
}

fn read(row: &Row<'_>) -> Result<AuditEntry, Failure> {
    Ok(AuditEntry {
        id: count_at(row, 0)?,
        line: AuditLine {
            at: time_at(row, 1)?,
            instance: row.get(2)?,
            subject: row.get(3)?,
            role: row.get(4)?,
            action: row.get(5)?,
            target: row.get(6)?,
            reason: row.get(7)?,
            outcome: parsed(row, 8)?,
            detail: row.get(9)?,
            trace_id: row.get(10)?,
        },
    })
}
