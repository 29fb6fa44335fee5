//! Room on the disk under a steady load: what is published and forgotten leaves none behind.

use std::time::Duration;

use time::OffsetDateTime;
use tokio_postgres::Client;
use tropa_dispatch::port::{Claimed, OrderStore, Outbox, PruneBefore, Relayed, Settlement};
use tropa_postgres::PostgresStore;

use super::{client, number, private::PrivateServer, store_on};

const ROUND: i64 = 5_000;
const ROUNDS: i64 = 12;
const BATCH: u32 = 500;

/// Messages of a real one's size, of orders that are there.
async fn write(client: &Client) {
    let write = "WITH m AS (
            INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
            SELECT gen_random_uuid(), 'orders.created', o.seq, 1, repeat('x', 600), now() FROM orders o
            RETURNING id, order_seq)
        INSERT INTO outbox_pending (id, order_seq, due_at) SELECT id, order_seq, now() FROM m";
    assert_eq!(client.execute(write, &[]).await.unwrap(), ROUND as u64);
}

async fn publish(store: &PostgresStore) {
    let mut left = ROUND as u64;
    while left > 0 {
        let claimed = store.claim("relay", BATCH, Duration::from_mins(1)).await.unwrap();
        let published = |c: &Claimed| Settlement { id: c.id, token: c.token, outcome: Relayed::Published };
        left -= store.settle(claimed.iter().map(published).collect()).await.unwrap();
    }
}

async fn forget(store: &PostgresStore) {
    let later = OffsetDateTime::now_utc() + time::Duration::hours(1);
    let before = PruneBefore { published: later, inbox: later, keys: later };
    let mut gone = 0;
    loop {
        match store.prune(before, BATCH).await.unwrap() {
            0 => break,
            rows => gone += rows,
        }
    }
    assert_eq!(gone, ROUND as u64);
}

async fn size(client: &Client) -> i64 {
    number(client, "SELECT pg_total_relation_size('outbox') + pg_total_relation_size('outbox_pending')").await
}

#[tokio::test]
async fn a_steady_load_needs_no_more_and_more_room() {
    // A server of its own: pages of an index that VACUUM emptied are used again once every transaction of the whole server
    // that was open then is over, in other databases too.
    let server = PrivateServer::new();
    server.start("autovacuum = off");
    let url = server.url();
    let store = store_on(&url);
    store.check().await.unwrap();
    let client = client(&url).await;
    client
        .batch_execute(&format!(
            "INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
             SELECT 'o-' || g, decode(repeat('ab', 32), 'hex'), 'BRL', 100, 10, '{{}}', 'PENDING', 1, now(), now()
             FROM generate_series(1, {ROUND}) g"
        ))
        .await
        .unwrap();
    let mut sizes = Vec::new();
    for _ in 0..ROUNDS {
        write(&client).await;
        publish(&store).await;
        sizes.push(size(&client).await);
        forget(&store).await;
        // What autovacuum does by these tables' settings, when its minute has come.
        client.batch_execute("VACUUM outbox").await.unwrap();
        client.batch_execute("VACUUM outbox_pending").await.unwrap();
    }
    println!("bytes after each {ROUND} messages: {sizes:?}");
    let (early, late) = (sizes[2], sizes[sizes.len() - 1]);
    assert!(late <= early * 11 / 10, "{early} bytes after three rounds, {late} at the end");
    // The sessions tell what they did when they end.
    store.close().await;
    let told = "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'outbox_pending'";
    let patience = tokio::time::Instant::now() + Duration::from_secs(10);
    while number(&client, told).await < ROUND * ROUNDS {
        assert!(tokio::time::Instant::now() < patience, "the claims are not told of");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let hot =
        "SELECT 100 * n_tup_hot_upd / n_tup_upd FROM pg_stat_user_tables WHERE relname = 'outbox_pending'";
    let hot = number(&client, hot).await;
    println!("{hot} % of the claims in place");
    assert!(hot >= 95, "only {hot} % of the claims updated their row in place");
}
