//! Id cursor: rows are taken by `id > last`. Sequences commit out of order, and what commits late is behind the cursor.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_postgres::NoTls;
use tropa_dispatch::{
    domain::{OrderId, OutboxMessage, WaitReason},
    port::*,
};

use super::{Bug, expected, patience, rig};
use crate::witness::Witness;

/// Never looks behind the last id it has seen.
struct Cursor {
    inner: Arc<dyn Outbox>,
    last: AtomicI64,
}

#[async_trait]
impl Outbox for Cursor {
    async fn claim(&self, owner: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        let last = self.last.load(Ordering::SeqCst);
        let mut rows = self.inner.claim(owner, limit, lease).await?;
        rows.retain(|row| row.id > last);
        let highest = rows.iter().map(|row| row.id).max().unwrap_or(last);
        self.last.fetch_max(highest, Ordering::SeqCst);
        Ok(rows)
    }
    async fn abandon(&self, owner: &str) -> Result<u64, StoreError> {
        self.inner.abandon(owner).await
    }
    async fn settle(&self, batch: Vec<Settlement>) -> Result<u64, StoreError> {
        self.inner.settle(batch).await
    }
    async fn hasten(&self, reason: WaitReason, limit: u32) -> Result<u64, StoreError> {
        self.inner.hasten(reason, limit).await
    }

    async fn hasten_orders(&self, orders: Vec<OrderId>) -> Result<Vec<OrderId>, StoreError> {
        self.inner.hasten_orders(orders).await
    }

    async fn hasten_beyond(&self, wait: Duration) -> Result<u64, StoreError> {
        self.inner.hasten_beyond(wait).await
    }
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.inner.backlog().await
    }
    async fn topics(&self) -> Result<Vec<TopicBacklog>, StoreError> {
        self.inner.topics().await
    }
    async fn messages(&self, filter: MessageFilter) -> Result<MessagePage, StoreError> {
        self.inner.messages(filter).await
    }
    async fn message(&self, id: i64) -> Result<Option<(OutboxMessage, String)>, StoreError> {
        self.inner.message(id).await
    }
    fn wakeup(&self) -> Arc<Notify> {
        self.inner.wakeup()
    }
}

/// An order `late` as `before` was when it was new, written by a client that takes its time to commit.
const LATE: &str = "
    WITH before AS (SELECT * FROM orders WHERE id = 'before'),
    late AS (
        INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
        SELECT 'late', fingerprint, currency, price, tax, details, 'PENDING', 1, created_at, created_at FROM before
        RETURNING seq),
    event AS (
        INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt)
        SELECT late.seq, 1, $1::text::uuid, e.kind, e.data, e.at, e.cause, e.attempt
        FROM late, before JOIN order_events e ON e.order_seq = before.seq AND e.version = 1),
    message AS (
        INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
        SELECT $1::text::uuid, o.topic, late.seq, 1,
               replace(replace(o.payload, '\"before\"', '\"late\"'), o.event_id::text, $1::text), o.created_at
        FROM late, before JOIN outbox o ON o.order_seq = before.seq AND o.version = 1 AND o.topic = 'orders.created'
        RETURNING id, order_seq)
    INSERT INTO outbox_pending (id, order_seq, due_at) SELECT id, order_seq, now() FROM message";

/// One transaction takes an id, others overtake it.
fn run(bug: Bug) {
    rig::with(|stage| async move {
        let rig = stage
            .rig("cursor", |mut ports, _| {
                if bug == Bug::Planted {
                    ports.outbox = Arc::new(Cursor { inner: ports.outbox, last: AtomicI64::new(0) });
                }
                ports
            })
            .await;
        rig.drivers(20).await;
        let witness = Witness::start(&stage.servers.broker).await;
        stage.submit(&rig, "before").await;
        stage.orders("DISPATCHED", 1).await;
        let (slow, connection) = tokio_postgres::connect(&stage.servers.database, NoTls).await.unwrap();
        tokio::spawn(connection);
        slow.batch_execute("BEGIN").await.unwrap();
        let event = uuid::Uuid::now_v7().to_string();
        assert_eq!(slow.execute(LATE, &[&event]).await.unwrap(), 1);
        for n in 0..5 {
            stage.submit(&rig, &format!("order-{n}")).await;
        }
        stage.orders("DISPATCHED", 2).await;
        slow.batch_execute("COMMIT").await.unwrap();
        let verdict = stage.judge(&rig, &witness, patience(bug)).await;
        assert_eq!(verdict.failed(), expected(bug, &[2, 8]), "{verdict}");
        rig.end().await;
    });
}

#[test]
fn a_cursor_skips_what_commits_late() {
    run(Bug::Absent);
    run(Bug::Planted);
}
