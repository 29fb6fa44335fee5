//! The PostgreSQL store against the real server.

mod accepting;
mod applying;
mod browsing;
mod clock;
mod conformance;
mod failover;
mod million;
mod names;
mod newer;
mod outage;
mod plans;
mod pooler;
mod private;
mod pruning;
mod relaying;
mod room;
mod schema;
mod standby;
mod tls;
mod volume;
mod waking;

use std::sync::Arc;

use tokio_postgres::{Client, NoTls};
use tropa_dispatch::port::SystemClock;
use tropa_postgres::{Options, PostgresStore};

use crate::servers::servers;

/// A store on this database.
fn store_on(url: &str) -> PostgresStore {
    PostgresStore::open(Options { pool: 8, ..Options::new(url, Arc::new(SystemClock)) }).unwrap()
}

/// Two stores, as two instances would have them, on one fresh database.
async fn two_stores() -> (PostgresStore, PostgresStore, String) {
    let url = servers().database().await;
    (store_on(&url), store_on(&url), url)
}

/// A plain connection, past the store.
async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The one number that a query gives.
async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e:?}")).get(0)
}

/// What must hold whatever happened: events are whole, orders are their fold, the counts are the orders'; and nobody had
/// waited in a circle.
async fn assert_sound(client: &Client) {
    for (what, sql) in [
        (
            "orders with other than `version` events",
            "SELECT count(*) FROM orders o WHERE o.version <> (SELECT count(*) FROM order_events e WHERE e.order_seq = o.seq)",
        ),
        (
            "orders with other than one message an event",
            "SELECT count(*) FROM orders o WHERE o.version <> (SELECT count(*) FROM outbox m
             WHERE m.order_seq = o.seq AND m.topic <> 'orders.dispatch_requested')",
        ),
        ("pending rows without a message", "SELECT count(*) FROM outbox_pending p LEFT JOIN outbox m USING (id) WHERE m.id IS NULL"),
        (
            "assignments that are not their order's",
            "SELECT count(*) FROM orders o LEFT JOIN assignments a ON a.order_seq = o.seq AND a.active
             WHERE (o.status = 'DISPATCHED') <> (a.order_seq IS NOT NULL) OR a.driver_id <> o.driver_id",
        ),
        ("deadlocks", "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
        (
            "keys of no order",
            "SELECT count(*) FROM idempotency_keys k LEFT JOIN orders o ON o.id = k.order_id WHERE o.id IS NULL",
        ),
        (
            "wrong counts of letters",
            "SELECT count(*)
             FROM (SELECT fingerprint, sum(parked) AS n FROM letter_counts GROUP BY 1 HAVING sum(parked) <> 0) counted
             FULL JOIN (SELECT fingerprint, count(*) AS n FROM dead_letters WHERE state = 'parked' GROUP BY 1) real
                 USING (fingerprint)
             WHERE counted.n IS DISTINCT FROM real.n",
        ),
        (
            "orders accepted and not counted",
            "SELECT count(*)
             FROM (SELECT coalesce(sum(orders), 0) AS n FROM acceptances) counted, (SELECT count(*) AS n FROM orders) real
             WHERE counted.n <> real.n",
        ),
        (
            "wrong counts",
            "SELECT count(*) FROM (
                 SELECT sum(pending) AS p, sum(dispatched) AS d, sum(manual_dispatch) AS m, sum(delivered) AS v,
                        sum(cancelled) AS c FROM order_counts) counted,
                 (SELECT count(*) FILTER (WHERE status = 'PENDING') AS p, count(*) FILTER (WHERE status = 'DISPATCHED') AS d,
                         count(*) FILTER (WHERE status = 'MANUAL_DISPATCH') AS m,
                         count(*) FILTER (WHERE status = 'DELIVERED') AS v,
                         count(*) FILTER (WHERE status = 'CANCELLED') AS c FROM orders) real
             WHERE (coalesce(counted.p, 0), coalesce(counted.d, 0), coalesce(counted.m, 0), coalesce(counted.v, 0),
                    coalesce(counted.c, 0)) <> (real.p, real.d, real.m, real.v, real.c)",
        ),
    ] {
        assert_eq!(number(client, sql).await, 0, "{what}");
    }
}
