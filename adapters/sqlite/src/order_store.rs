//! [`OrderStore`] on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use time::OffsetDateTime;
use tropa_contract::{
    domain::{DriverId, EventId, Order, OrderEvent, OrderId, OrderNumber},
    port::{
        Applied, Assignment, Census, Created, Creation, OrderPage, OrderQuery, OrderStore, PruneBefore,
        StoreError, Write,
    },
    rules::CONSUMER,
};

use super::{
    SqliteStore,
    batch::{Batch, all, first},
    change,
    column::{self, count_at, micros, parsed, parsed_or_null},
    creation, event,
    failure::Failure,
    listing, statement,
    writer::Durability,
};

#[async_trait]
impl OrderStore for SqliteStore {
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        self.write_each(batch, creation::create).await
    }

    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        self.write_each(batch, change::apply).await
    }

    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError> {
        self.read(move |connection| {
            let load = |id: &OrderId| first(connection, statement::LOAD_ORDER, [id.as_str()], column::order);
            ids.iter().map(load).collect()
        })
        .await
    }

    async fn load_by_number(&self, number: OrderNumber) -> Result<Option<Order>, StoreError> {
        self.read(move |connection| {
            first(connection, statement::LOAD_ORDER_BY_NUMBER, [number.as_str()], column::order)
        })
        .await
    }

    async fn list(&self, query: OrderQuery) -> Result<OrderPage, StoreError> {
        let now = self.clock.now();
        self.read(move |connection| listing::list(connection, &query, now)).await
    }

    async fn stranded(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        self.read(move |connection| {
            all(connection, statement::STRANDED_ORDERS, (micros(before), limit), |row| parsed(row, 0))
        })
        .await
    }

    async fn timeline(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        self.read(move |connection| {
            all(connection, statement::TIMELINE, [id.as_str()], |row| event::read(row, &id))
        })
        .await
    }

    async fn census(&self) -> Result<Census, StoreError> {
        self.read(census).await
    }

    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(statement::ANSWERED)?;
            let answered =
                |event: &EventId| statement.query_row((CONSUMER, event.0.as_bytes()), |row| row.get(0));
            Ok(events.iter().map(answered).collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn assignments(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError> {
        self.read(move |connection| {
            let after = after.as_ref().map_or("", |driver| driver.as_str());
            all(connection, statement::ASSIGNMENTS, (after, limit), |row| {
                Ok(Assignment {
                    driver_id: parsed(row, 0)?,
                    order_id: parsed(row, 1)?,
                    token: parsed(row, 2)?,
                })
            })
        })
        .await
    }

    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(statement::ASSIGNED)?;
            let assigned = |claim: &Assignment| {
                let params = (claim.driver_id.as_str(), claim.order_id.as_str(), claim.token.as_str());
                statement.query_row(params, |row| row.get(0))
            };
            Ok(claims.iter().map(assigned).collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn prune(&self, before: PruneBefore, limit: u32) -> Result<u64, StoreError> {
        // Looked for beside the writer: with a long backlog the search passes over many rows. What is published
        // stays published, so the answer does not age.
        let published = micros(before.published);
        let messages: Vec<i64> = self
            .read(move |connection| {
                all(connection, statement::OLDEST_PUBLISHED, (published, limit), |row| Ok(row.get(0)?))
            })
            .await?;
        self.write(Durability::Relaxed, move |batch| {
            let mut gone = batch.execute(statement::PRUNE_INBOX, (micros(before.inbox), limit))?;
            gone += batch.execute(statement::PRUNE_KEYS, (micros(before.keys), limit))?;
            for id in &messages {
                gone += batch.execute(statement::PRUNE_MESSAGE, [id])?;
            }
            Ok(gone as u64)
        })
        .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.write(Durability::Relaxed, |batch| batch.execute(statement::PROBE, [batch.now]).map(|_| ()))
            .await
    }
}

impl SqliteStore {
    /// All of it in one transaction; or, where group commit is switched off, each item in its own.
    async fn write_each<I, O>(
        &self,
        items: Arc<[I]>,
        write: fn(&mut Batch<'_>, &I) -> Result<O, Failure>,
    ) -> Result<Vec<O>, StoreError>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
    {
        if self.group_commit {
            let work = move |batch: &mut Batch<'_>| items.iter().map(|item| write(batch, item)).collect();
            return self.write(Durability::Full, work).await;
        }
        let mut outcomes = Vec::with_capacity(items.len());
        for n in 0..items.len() {
            let items = items.clone();
            outcomes.push(self.write(Durability::Full, move |batch| write(batch, &items[n])).await?);
        }
        Ok(outcomes)
    }
}

fn census(connection: &Connection) -> Result<Census, Failure> {
    let mut census = Census::default();
    let counts =
        all(connection, statement::ORDER_COUNTS, [], |row| Ok((parsed_or_null(row, 0)?, count_at(row, 1)?)))?;
    census.accepted = counts.iter().find(|(status, _)| status.is_none()).map_or(0, |(_, orders)| *orders);
    census.states = counts.into_iter().filter_map(|(status, orders)| Some((status?, orders))).collect();
    Ok(census)
}
