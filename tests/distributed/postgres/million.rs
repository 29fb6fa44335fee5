//! A database with a million orders, most of them delivered, and a million messages to publish: which statements would read
//! a table whole, and whether a long backlog costs more than a short one.

use std::{fs, path::Path, time::Duration};

use futures_util::future::try_join_all;
use serde_json::Value;
use tokio_postgres::Client;
use tropa::postgres::PostgresStore;
use tropa_dispatch::port::{Outbox, Relayed, Settlement, StoreError};

use super::{client, number, store_on};
use crate::servers::servers;

/// Tables that grow with the business.
const LARGE: [&str; 9] = [
    "orders",
    "order_events",
    "assignments",
    "outbox",
    "outbox_pending",
    "inbox",
    "idempotency_keys",
    "dead_letters",
    "drivers",
];

/// Statements that may read a large table whole, and why.
const WHOLE: [(&str, &str); 2] = [
    ("abandon_claims", "once in a relay's life: an index on the owner would cost each claim more"),
    ("backlog", "counts; how often is bounded by what it costs"),
];

/// Statements that are planned anew each time, for the values at hand: tried with every filter.
const PLANNED: [(&str, &str, &[&str]); 2] = [
    (
        "list_orders",
        "'infinity', '', {0}, {1}, {2}, {3}, 11, 0",
        &["'MANUAL_DISPATCH'", "'c-77'", "'d-77'", "'no_driver'"],
    ),
    (
        "list_letters",
        "{0}, {1}, {2}, {3}, {4}, 100, 0",
        &["array[gen_random_uuid()]", "'discarded'", "'f-7'", "'orders.created'", "'o-77'"],
    ),
];

const FILL: &str = include_str!("million.sql");

/// The statements in `src/postgres/sql`, which the adapter includes.
fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres/sql");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}

fn statement(name: &str) -> String {
    statements().into_iter().find(|(known, _)| known == name).unwrap().1
}

async fn lines(client: &Client, sql: &str) -> String {
    let rows = client.query(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

/// The large table that a plan reads whole.
fn read_whole(plan: &str) -> Option<&'static str> {
    let scans = |table: &&str| {
        plan.contains(&format!("Seq Scan on {table} ")) || plan.contains(&format!("Seq Scan on {table}\n"))
    };
    LARGE.into_iter().find(|table| scans(table))
}

async fn no_statement_reads_a_large_table_whole(client: &Client) {
    client.batch_execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut reading = Vec::new();
    for (name, sql) in statements() {
        if WHOLE.iter().any(|(known, _)| *known == name) || PLANNED.iter().any(|(known, ..)| *known == name) {
            continue;
        }
        let params = client.prepare(&sql).await.unwrap().params().len();
        let nulls = vec!["NULL"; params].join(", ");
        let call = if params == 0 { String::new() } else { format!("({nulls})") };
        client.batch_execute(&format!("PREPARE {name} AS {sql}")).await.unwrap();
        let plan = lines(client, &format!("EXPLAIN EXECUTE {name}{call}")).await;
        if let Some(table) = read_whole(&plan) {
            reading.push(format!("{name} reads all of {table}:\n{plan}"));
        }
    }
    client.batch_execute("SET plan_cache_mode = force_custom_plan").await.unwrap();
    for (name, arguments, filters) in PLANNED {
        client.batch_execute(&format!("PREPARE {name} AS {}", statement(name))).await.unwrap();
        for given in 0..1 << filters.len() {
            let mut arguments = arguments.to_owned();
            for (i, filter) in filters.iter().enumerate() {
                let value = if given & 1 << i == 0 { "NULL" } else { filter };
                arguments = arguments.replace(&format!("{{{i}}}"), value);
            }
            let plan = lines(client, &format!("EXPLAIN EXECUTE {name}({arguments})")).await;
            if let Some(table) = read_whole(&plan) {
                reading.push(format!("{name}({arguments}) reads all of {table}:\n{plan}"));
            }
        }
    }
    client.batch_execute("RESET plan_cache_mode").await.unwrap();
    assert!(reading.is_empty(), "{}", reading.join("\n\n"));
}

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
    let (claim, mark) = (statement("claim_messages"), statement("mark_published"));
    // As the adapter's sessions for the outbox.
    client
        .batch_execute(&format!(
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_bitmapscan = off;
             SET enable_sort = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
             PREPARE claim_now AS {claim}; PREPARE mark_now AS {mark};"
        ))
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
    no_statement_reads_a_large_table_whole(&client).await;
    a_long_backlog_costs_no_more_than_a_short_one(&client, &store).await;
}
