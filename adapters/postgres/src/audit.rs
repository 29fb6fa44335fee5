//! [`Audit`] on PostgreSQL.

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::{
    Row,
    types::{Timestamp, Type},
};
use tropa_contract::{
    domain::{AuditEntry, AuditLine, AuditOutcome},
    port::{Audit, AuditFilter, StoreError},
    rules,
};

use super::{
    PostgresStore,
    column::{count_at, parsed, time_at},
    connection::bounded,
    failure::Failure,
    statement,
};

#[async_trait]
impl Audit for PostgresStore {
    async fn append(&self, line: AuditLine) -> Result<u64, StoreError> {
        let AuditLine { at, instance, subject, role, action, target, reason, outcome, detail, trace_id } =
            &line;
        let rows = self
            .rows(
                statement::APPEND_AUDIT,
                &[at, instance, subject, role, action, target, reason, &outcome.as_str(), detail, trace_id],
            )
            .await?;
        let id = rows.first().map(|row| count_at(row, 0)).transpose()?;
        id.ok_or_else(|| StoreError::Fault("a line of the audit has no number".to_owned()))
    }

    /// Not prepared: the statement is planned for this filter alone.
    async fn entries(&self, filter: AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        let bound = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
        let (before, after) = (filter.before.map_or(i64::MAX, bound), filter.after.map_or(0, bound));
        let since = filter.since.map_or(Timestamp::<OffsetDateTime>::NegInfinity, Timestamp::Value);
        let outcome = filter.outcome.map(AuditOutcome::as_str);
        let limit = i64::from(rules::page_size(filter.limit));
        let connection = self.browsing().await?;
        let outcome = bounded(async {
            let rows = connection
                .query_typed(
                    statement::LIST_AUDIT,
                    &[
                        (&before, Type::INT8),
                        (&after, Type::INT8),
                        (&since, Type::TIMESTAMPTZ),
                        (&filter.action, Type::TEXT),
                        (&filter.target, Type::TEXT),
                        (&filter.subject, Type::TEXT),
                        (&outcome, Type::TEXT),
                        (&limit, Type::INT8),
                    ],
                )
                .await?;
            rows.iter().map(read).collect()
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }
}

fn read(row: &Row) -> Result<AuditEntry, Failure> {
    Ok(AuditEntry {
        id: count_at(row, 0)?,
        line: AuditLine {
            at: time_at(row, 1)?,
            instance: row.try_get(2)?,
            subject: row.try_get(3)?,
            role: row.try_get(4)?,
            action: row.try_get(5)?,
            target: row.try_get(6)?,
            reason: row.try_get(7)?,
            outcome: parsed(row, 8)?,
            detail: row.try_get(9)?,
            trace_id: row.try_get(10)?,
        },
    })
}
