//! [`Outbox`] on SQLite, with its hot end in memory; see [`pending`](super::pending).

mod browsing;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::{Notify, oneshot};
use tropa_contract::{
    domain::{OrderId, OutboxMessage, WaitReason},
    port::{
        Backlog, Claimed, MessageFilter, MessagePage, Outbox, Relayed, Settlement, StoreError, TopicBacklog,
    },
};

use super::{
    SqliteStore,
    batch::{Batch, first},
    column::{count_at, micros},
    failure::Failure,
    gone, message,
    pending::{Effect, Pending},
    statement,
    writer::{Durability, Request},
};

/// Looks into the table for one claim, at most. Each finds some hundred rows, or makes the next start behind it.
const REFILLS: usize = 8;

#[async_trait]
impl Outbox for SqliteStore {
    async fn claim(&self, owner: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        let now = micros(self.clock.now());
        for _ in 0..REFILLS {
            if !self.pending.wants_refill(limit as usize, now) {
                break;
            }
            let (done, refilled) = oneshot::channel();
            self.requests.send(Request::Refill(done)).await.map_err(|_| gone())?;
            refilled.await.map_err(|_| gone())??;
        }
        Ok(self.pending.claim(owner, limit as usize, lease, now))
    }

    async fn abandon(&self, owner: &str) -> Result<u64, StoreError> {
        Ok(self.pending.abandon(owner))
    }

    async fn settle(&self, batch: Vec<Settlement>) -> Result<u64, StoreError> {
        let pending = self.pending.clone();
        // A mark that is lost with the machine's power publishes the same event id again, which the inbox
        // suppresses: not worth an fsync of its own.
        self.write(Durability::Relaxed, move |tx| settle(tx, &pending, &batch)).await
    }

    async fn hasten(&self, reason: WaitReason, limit: u32) -> Result<u64, StoreError> {
        self.write(Durability::Relaxed, move |batch| message::hasten_waiting(batch, reason, limit)).await
    }

    async fn hasten_orders(&self, orders: Vec<OrderId>) -> Result<Vec<OrderId>, StoreError> {
        self.write(Durability::Relaxed, move |batch| message::hasten_given(batch, &orders)).await
    }

    async fn hasten_beyond(&self, wait: Duration) -> Result<u64, StoreError> {
        let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        let hasten =
            move |batch: &mut Batch<'_>| message::hasten_beyond(batch, batch.now.saturating_add(wait));
        self.write(Durability::Relaxed, hasten).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let pending = self.pending.rows();
        if pending == 0 {
            return Ok(Backlog::default());
        }
        let now = micros(self.clock.now());
        self.read(move |connection| {
            let read = first(connection, statement::BACKLOG, [now], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, count_at(row, 1)?))
            })?;
            let (oldest, postponed) = read.unwrap_or_default();
            let oldest_due = oldest.filter(|due_at| *due_at <= now).map(|due_at| now.abs_diff(due_at));
            Ok(Backlog { pending, postponed, oldest_due: oldest_due.map(Duration::from_micros) })
        })
        .await
    }

    async fn topics(&self) -> Result<Vec<TopicBacklog>, StoreError> {
        let now = micros(self.clock.now());
        self.read(move |connection| browsing::topics(connection, now)).await
    }

    async fn messages(&self, filter: MessageFilter) -> Result<MessagePage, StoreError> {
        let (now, leases) = (self.clock.now(), self.pending.leases(filter.after.unwrap_or(0)));
        self.read(move |connection| browsing::page(connection, &filter, &leases, now)).await
    }

    async fn message(&self, id: i64) -> Result<Option<(OutboxMessage, String)>, StoreError> {
        let leases = self.pending.leases(id - 1);
        self.read(move |connection| {
            first(connection, statement::LOAD_MESSAGE, [id], |row| {
                Ok((browsing::message(row, &leases)?, row.get(12)?))
            })
        })
        .await
    }

    fn wakeup(&self) -> Arc<Notify> {
        self.pending.wakeup()
    }
}

fn settle(batch: &mut Batch<'_>, pending: &Pending, settlements: &[Settlement]) -> Result<u64, Failure> {
    let (now, mut settled) = (batch.now, 0);
    for Settlement { id, token, outcome } in settlements {
        let id = *id;
        let Some(order_seq) = pending.claimed(id, *token) else { continue };
        // `RETURNING` would tell the order too, but SQLite makes a temporary table for it: 5 µs a message.
        let (marked, effect) = match outcome {
            Relayed::Published => {
                (batch.execute(statement::MARK_PUBLISHED, [id])?, Effect::Published { order_seq, id, now })
            }
            Relayed::Failed { error, retry_at } => {
                let due_at = micros(*retry_at);
                let marked = batch.execute(statement::MARK_FAILED, (id, due_at, error))?;
                (marked, Effect::Failed { order_seq, id, due_at, now })
            }
        };
        // Not marked: the same row twice in one batch.
        if marked > 0 {
            batch.tell(effect);
            settled += 1;
        }
    }
    Ok(settled)
}
