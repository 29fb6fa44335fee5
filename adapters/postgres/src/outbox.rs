//! [`Outbox`] on PostgreSQL.
//!
//! Claims and marks are committed without waiting for the disk (`Address::relaxed`): what is lost with the server's power
//! is published again under the same id, which the inbox suppresses.

pub mod aside;
mod browsing;
mod settlement;
pub mod tally;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_postgres::Row;
use tropa_contract::{
    domain::{Envelope, OrderId, OutboxMessage, WaitReason},
    port::{
        Backlog, Claimed, LOOKED_AT as BROWSED, MessageFilter, MessagePage, Outbox, Settlement, StoreError,
        TopicBacklog,
    },
};

use self::settlement::{Failed, Published, Unread};
use super::{
    PostgresStore,
    column::{count_at, event_id_at, parsed, parsed_or_null, time_at},
    connection::{Connection, bounded},
    failure::Failure,
    statement,
};

/// One row in so many of a claim is a retry, as long as there are any: new orders come first, and nothing starves.
const SHARE: u32 = 8;
/// No lease is longer: a year, so that its end is a time PostgreSQL knows.
const LONGEST: Duration = Duration::from_hours(365 * 24);
/// Rows of each lane of which a clock that was ahead has written the time, hastened in one go.
const HASTENED: i64 = 10_000;
/// Rows of each lane to look at for those that stand behind another.
const LOOKED_AT: i64 = 4_096;

#[async_trait]
impl Outbox for PostgresStore {
    async fn claim(&self, owner: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        let (connection, look) = (self.relaxed().await?, self.inner.aside.is_due());
        let outcome = bounded(async {
            if look && set_aside(&connection).await? > LOOKED_AT as u64 / 2 {
                self.inner.aside.again();
            }
            let (claimed, unread) = claim(&connection, owner, limit, lease).await?;
            if !unread.is_empty() {
                mark_failed(&connection, &settlement::put_off(unread)).await?;
            }
            Ok(claimed)
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }

    async fn abandon(&self, owner: &str) -> Result<u64, StoreError> {
        let given_back = self.execute(statement::ABANDON_CLAIMS, &[&owner]).await?;
        if given_back > 0 {
            self.wakeup().notify_one();
        }
        Ok(given_back)
    }

    async fn settle(&self, batch: Vec<Settlement>) -> Result<u64, StoreError> {
        let (published, failed) = settlement::sorted(&batch, self.inner.clock.now());
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let (failed, (published, next)) =
                tokio::try_join!(mark_failed(&connection, &failed), mark_published(&connection, &published))?;
            Ok((failed + published, next))
        });
        let outcome = outcome.await;
        let (settled, next) = connection.give_back(outcome)?;
        if next {
            self.wakeup().notify_one();
        }
        Ok(settled)
    }

    async fn hasten(&self, reason: WaitReason, limit: u32) -> Result<u64, StoreError> {
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::HASTEN_WAITING).await?;
            Ok(connection.execute(&statement, &[&reason.as_str(), &i64::from(limit)]).await?)
        });
        let outcome = outcome.await;
        let hastened = connection.give_back(outcome)?;
        if hastened > 0 {
            self.wake_relays();
        }
        Ok(hastened)
    }

    async fn hasten_orders(&self, orders: Vec<OrderId>) -> Result<Vec<OrderId>, StoreError> {
        let connection = self.relaxed().await?;
        let asked: Vec<_> = orders.iter().map(OrderId::as_str).collect();
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::HASTEN_GIVEN).await?;
            let rows = connection.query(&statement, &[&asked]).await?;
            rows.iter().map(|row| parsed(row, 0)).collect::<Result<Vec<OrderId>, _>>()
        });
        let outcome = outcome.await;
        let given = connection.give_back(outcome)?;
        if !given.is_empty() {
            self.wake_relays();
        }
        Ok(given)
    }

    async fn hasten_beyond(&self, wait: Duration) -> Result<u64, StoreError> {
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::HASTEN_BEYOND).await?;
            let wait = wait.min(LONGEST).as_micros() as i64;
            Ok(connection.execute(&statement, &[&wait, &HASTENED]).await?)
        });
        let outcome = outcome.await;
        let hastened = connection.give_back(outcome)?;
        if hastened > 0 {
            self.wake_relays();
        }
        Ok(hastened)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let count = || async {
            let rows = self.rows(statement::BACKLOG, &[]).await?;
            Ok::<Backlog, StoreError>(rows.first().map(backlog).transpose()?.unwrap_or_default())
        };
        let (backlog, age) = self.inner.backlog.get(|backlog: &Backlog| backlog.pending, count).await?;
        Ok(Backlog { oldest_due: backlog.oldest_due.map(|oldest| oldest + age), ..backlog })
    }

    async fn topics(&self) -> Result<Vec<TopicBacklog>, StoreError> {
        let rows = self.browse(statement::BACKLOG_BY_TOPIC, &[&i64::from(BROWSED)]).await?;
        Ok(rows.iter().map(browsing::topic).collect::<Result<_, _>>()?)
    }

    async fn messages(&self, filter: MessageFilter) -> Result<MessagePage, StoreError> {
        browsing::page(self, &filter).await
    }

    async fn message(&self, id: i64) -> Result<Option<(OutboxMessage, String)>, StoreError> {
        let rows = self.browse(statement::LOAD_MESSAGE, &[&id]).await?;
        let whole = |row: &Row| Ok((browsing::message(row)?, row.try_get(14)?));
        Ok(rows.first().map(whole).transpose().map_err(|e: Failure| e)?)
    }

    fn wakeup(&self) -> Arc<Notify> {
        self.inner.wakeup.relay()
    }
}

/// What was claimed; and the rows that this program cannot read, another version's perhaps.
async fn claim(
    connection: &Connection,
    owner: &str,
    limit: u32,
    lease: Duration,
) -> Result<(Vec<Claimed>, Vec<Unread>), Failure> {
    // Small claims round up as often as it takes to keep the share.
    let retries = limit / SHARE + u32::from(fastrand::u32(..SHARE) < limit % SHARE);
    let lease = lease.min(LONGEST).as_micros() as i64;
    let statement = connection.prepare_cached(statement::CLAIM_MESSAGES).await?;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&owner, &i64::from(limit), &i64::from(retries), &lease];
    let (mut whole, mut unread) = (Vec::new(), Vec::new());
    for row in &connection.query(&statement, &params).await? {
        match claimed(row) {
            Ok(claimed) => whole.push(claimed),
            Err(why) => {
                unread.push(Unread { id: row.try_get(0)?, token: row.try_get(1)?, why: why.to_string() });
            }
        }
    }
    Ok((whole, unread))
}

async fn set_aside(connection: &Connection) -> Result<u64, Failure> {
    let statement = connection.prepare_cached(statement::SET_ASIDE).await?;
    Ok(connection.execute(&statement, &[&LOOKED_AT]).await?)
}

/// Returns how many were marked, and whether others of their orders may go now.
async fn mark_published(
    connection: &Connection,
    Published { id, token }: &Published,
) -> Result<(u64, bool), Failure> {
    if id.is_empty() {
        return Ok((0, false));
    }
    let statement = connection.prepare_cached(statement::MARK_PUBLISHED).await?;
    let row = connection.query_one(&statement, &[id, token]).await?;
    Ok((count_at(&row, 0)?, row.try_get(1)?))
}

async fn mark_failed(
    connection: &Connection,
    Failed { id, token, error, delay }: &Failed,
) -> Result<u64, Failure> {
    if id.is_empty() {
        return Ok(0);
    }
    let statement = connection.prepare_cached(statement::MARK_FAILED).await?;
    Ok(connection.execute(&statement, &[id, token, error, delay]).await?)
}

fn claimed(row: &Row) -> Result<Claimed, Failure> {
    let attempts: i32 = row.try_get(2)?;
    let envelope = Envelope {
        event_id: event_id_at(row, 3)?,
        topic: parsed(row, 4)?,
        order_id: parsed(row, 5)?,
        version: count_at(row, 6)?,
        payload: row.try_get(7)?,
        trace: parsed_or_null(row, 8)?,
        created_at: time_at(row, 9)?,
    };
    Ok(Claimed { id: row.try_get(0)?, token: count_at(row, 1)?, attempts: attempts.unsigned_abs(), envelope })
}

fn backlog(row: &Row) -> Result<Backlog, Failure> {
    let oldest: Option<i64> = row.try_get(2)?;
    // Not due yet: below zero.
    let oldest_due = oldest.and_then(|micros| u64::try_from(micros).ok()).map(Duration::from_micros);
    Ok(Backlog { pending: count_at(row, 0)?, postponed: count_at(row, 1)?, oldest_due })
}
