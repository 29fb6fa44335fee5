//! [`OrderStore`] on PostgreSQL.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use time::OffsetDateTime;
use tracing::Instrument;
use tropa_contract::{
    domain::{DriverId, EventId, Order, OrderEvent, OrderId, OrderNumber, Status},
    port::{
        Applied, Assignment, Census, Created, Creation, OrderPage, OrderQuery, OrderStore, PruneBefore,
        StoreError, Write,
    },
    rules::CONSUMER,
};
use uuid::Uuid;

use super::{
    PostgresStore, change,
    column::{self, count_at, parsed},
    connection::{Connection, bounded},
    creation, event,
    failure::Failure,
    listing, span, statement,
    transaction::Param,
};

#[async_trait]
impl OrderStore for PostgresStore {
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        let _spans = span::creating(&batch);
        let share = if self.inner.group_commit { batch.len().max(1) } else { 1 };
        let mut created = Vec::with_capacity(batch.len());
        for batch in batch.chunks(share) {
            let connection = self.connection().await?;
            let outcome = bounded(creation::create(&connection, batch)).await;
            let outcomes = connection.give_back(outcome)?;
            if outcomes.contains(&Created::Stored) {
                self.wake_relays();
            }
            created.extend(outcomes);
        }
        Ok(created)
    }

    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        let _spans = span::applying(&batch);
        let share = if self.inner.group_commit { batch.len().max(1) } else { 1 };
        let mut applied = Vec::with_capacity(batch.len());
        for batch in batch.chunks(share) {
            let connection = self.connection().await?;
            let outcome = bounded(change::apply(&connection, batch, self.inner.clock.now())).await;
            let (outcomes, makes_due) = connection.give_back(outcome)?;
            applied.extend(outcomes);
            if makes_due {
                self.wake_relays();
            }
        }
        Ok(applied)
    }

    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError> {
        let asked: Vec<_> = ids.iter().map(OrderId::as_str).collect();
        let rows = self.rows(statement::LOAD_ORDERS, &[&asked]).await?;
        let orders = rows.iter().map(column::order).collect::<Result<Vec<_>, _>>()?;
        let orders: HashMap<_, _> = orders.into_iter().map(|order| (order.id.clone(), order)).collect();
        Ok(ids.iter().map(|id| orders.get(id).cloned()).collect())
    }

    async fn load_by_number(&self, number: OrderNumber) -> Result<Option<Order>, StoreError> {
        let rows = self.rows(statement::LOAD_ORDER_BY_NUMBER, &[&number.as_str()]).await?;
        Ok(rows.first().map(column::order).transpose()?)
    }

    async fn list(&self, query: OrderQuery) -> Result<OrderPage, StoreError> {
        let connection = self.browsing().await?;
        let outcome = bounded(listing::list(&connection, &query)).instrument(span::reading()).await;
        connection.give_back(outcome)
    }

    async fn stranded(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        let rows = self.rows(statement::STRANDED_ORDERS, &[&before, &i64::from(limit)]).await?;
        Ok(rows.iter().map(|row| parsed(row, 0)).collect::<Result<_, _>>()?)
    }

    async fn timeline(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        let rows = self.browse(statement::TIMELINE, &[&id.as_str()]).await?;
        Ok(rows.iter().map(|row| event::read(row, &id)).collect::<Result<_, _>>()?)
    }

    async fn census(&self) -> Result<Census, StoreError> {
        let connection = self.browsing().await?;
        let outcome = bounded(census(&connection)).instrument(span::reading()).await;
        connection.give_back(outcome)
    }

    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        let asked: Vec<_> = events.iter().map(|event| event.0).collect();
        let rows = self.rows(statement::ANSWERED, &[&CONSUMER, &asked]).await?;
        let answered = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<Uuid>, _>>();
        let answered = answered.map_err(Failure::from)?;
        Ok(asked.iter().map(|event| answered.contains(event)).collect())
    }

    async fn assignments(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError> {
        let after = after.as_ref().map_or("", DriverId::as_str);
        let rows = self.rows(statement::ASSIGNMENTS, &[&after, &i64::from(limit)]).await?;
        let assignment = |row| {
            Ok(Assignment { driver_id: parsed(row, 0)?, order_id: parsed(row, 1)?, token: parsed(row, 2)? })
        };
        Ok(rows.iter().map(assignment).collect::<Result<_, Failure>>()?)
    }

    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        let drivers: Vec<_> = claims.iter().map(|claim| claim.driver_id.as_str()).collect();
        let orders: Vec<_> = claims.iter().map(|claim| claim.order_id.as_str()).collect();
        let tokens: Vec<_> = claims.iter().map(|claim| claim.token.as_str()).collect();
        let rows = self.rows(statement::ASSIGNED, &[&drivers, &orders, &tokens]).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(Failure::from)?)
    }

    async fn prune(&self, before: PruneBefore, limit: u32) -> Result<u64, StoreError> {
        self.fold_counts().await?;
        let limit = i64::from(limit);
        let mut gone = self.prune_messages(before.published, limit).await?;
        for (sql, before) in [(statement::PRUNE_INBOX, before.inbox), (statement::PRUNE_KEYS, before.keys)] {
            gone += self.execute(sql, &[&before, &limit]).await?;
        }
        Ok(gone)
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.execute(statement::PROBE, &[]).await.map(|_| ())
    }
}

impl PostgresStore {
    /// The rows of one statement that reads.
    pub(super) async fn rows(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        rows(self.connection().await?, sql, params).await
    }

    /// The same, for people: see [`browsing`](Self::browsing).
    pub(super) async fn browse(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        rows(self.browsing().await?, sql, params).await
    }

    /// Runs one statement that writes, a transaction of its own; returns how many rows it changed.
    pub(super) async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let connection = self.connection().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(sql).await?;
            Ok(connection.execute(&statement, params).await?)
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }
}

async fn rows(
    connection: Connection,
    sql: &str,
    params: &[Param<'_>],
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let query = async {
        let statement = connection.prepare_cached(sql).await?;
        Ok(connection.query(&statement, params).await?)
    };
    let outcome = bounded(query).instrument(span::reading()).await;
    connection.give_back(outcome)
}

async fn census(connection: &Connection) -> Result<Census, Failure> {
    let count = connection.prepare_cached(statement::ORDER_COUNTS).await?;
    let row = connection.query_one(&count, &[]).await?;
    let states = Status::ALL.into_iter().enumerate().map(|(i, status)| Ok((status, count_at(&row, i)?)));
    let states = states.collect::<Result<_, Failure>>()?;
    Ok(Census { accepted: count_at(&row, Status::ALL.len())?, states })
}
