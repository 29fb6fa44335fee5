//! A database with a million orders, most of them delivered, and a million messages to publish: which statements would read
//! a table whole, and whether a long backlog costs more than a short one.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::Value;
use tokio_postgres::Client;
use tropa_dispatch::port::{Outbox, Relayed, Settlement, StoreError};
use tropa_postgres::PostgresStore;

use super::{client, number, plans, store_on};
use crate::servers::servers;

const FILL: &str = include_str!("million.sql");

/// Pages touched by a statement that is undone again.
async fn pages(client: &Client, execute: &str) -> i64 {
    client.batch_execute("BEGIN").await.unwrap();
    let explained = format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE {execute}");
    let row = client.query_one(&explained, &[]).await.unwrap();
    client.batch_execute("ROLLBACK").await.unwrap();
    let told: Value = row.get(0);
    let plan = &told[0]["Plan"];
    plan["Shared Hit Blocks"].as_i64().unwrap() + plan["Shared Read Blocks"].as_i64().unwrap()
}

const BATCH: u32 = 1_000;

/// Claims and settles `batches`.
async fn drain(store: &PostgresStore, owner: &str, batches: u32) -> Result<u64, StoreError> {
    let mut settled = 0;
    for _ in 0..batches {
        let claimed = store.claim(owner, BATCH, Duration::from_mins(1)).await?;
        let published = |c: &tropa_dispatch::port::Claimed| Settlement {
            id: c.id,
            token: c.token,
            outcome: Relayed::Published,
        };
        settled += store.settle(claimed.iter().map(published).collect()).await?;
    }
    Ok(settled)
}

/// What a claim and the marking of its rows touch now.
async fn cost(client: &Client, store: &PostgresStore) -> (i64, i64) {
    let claim = pages(client, &format!("claim_now('probe', {BATCH}, {}, 60000000)", BATCH / 8)).await;
    let claimed = store.claim("probe", BATCH, Duration::from_mins(1)).await.unwrap();
    assert_eq!(claimed.len(), BATCH as usize);
    let list = |of: fn(&tropa_dispatch::port::Claimed) -> i64| {
        claimed.iter().map(|c| of(c).to_string()).collect::<Vec<_>>().join(",")
    };
    let (ids, tokens) = (list(|c| c.id), list(|c| c.token.cast_signed()));
    let mark = pages(client, &format!("mark_now('{{{ids}}}', '{{{tokens}}}')")).await;
    assert_eq!(store.abandon("probe").await.unwrap(), u64::from(BATCH));
    (claim, mark)
}

async fn a_long_backlog_costs_no_more_than_a_short_one(client: &Client, store: &PostgresStore) {
    let (claim, mark) = (plans::statement("claim_messages"), plans::statement("mark_published"));
    client
        .batch_execute(&format!("PREPARE claim_now AS {claim}; PREPARE mark_now AS {mark};"))
        .await
        .unwrap();
    let first = cost(client, store).await;
    let begun = std::time::Instant::now();
    let relays = (0..2).map(|i| {
        let store = store.clone();
        async move { drain(&store, &format!("relay-{i}"), 495).await }
    });
    let settled: u64 = try_join_all(relays).await.unwrap().into_iter().sum();
    let seconds = begun.elapsed().as_secs_f64();
    println!("{settled} messages claimed and settled in {seconds:.1} s: {:.0}/s", settled as f64 / seconds);
    assert_eq!(settled, 990_000);
    let last = cost(client, store).await;
    println!("pages of a claim and a marking: {first:?} at the first, {last:?} at the last");
    assert!(last.0 < first.0 * 3 / 2, "a claim touched {} pages, now {}", first.0, last.0);
    assert!(last.1 < first.1 * 3 / 2, "a marking touched {} pages, now {}", first.1, last.1);
    assert_eq!(drain(store, "relay", 10).await.unwrap(), 10_000);
    assert_eq!(number(client, "SELECT count(*) FROM outbox_pending").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_orders() {
    let url = servers().database().await;
    let store = store_on(&url);
    tropa_dispatch::port::OrderStore::check(&store).await.unwrap();
    let client = client(&url).await;
    let begun = std::time::Instant::now();
    client.batch_execute(FILL).await.unwrap();
    println!("filled in {:?}", begun.elapsed());
    plans::assert_linear(&url).await;
    let [_, outbox] = PostgresStore::session_options();
    a_long_backlog_costs_no_more_than_a_short_one(&plans::session(&url, &outbox).await, &store).await;
}
