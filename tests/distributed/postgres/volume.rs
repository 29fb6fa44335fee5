//! What each statement touches, in pages and rows, when there is ten times as much of everything that grows: the same. Time is
//! not measured, so a slow machine sees what a fast one does.
//!
//! With `TROPA_TEST_VOLUME=full`: ten million orders, a hundred thousand waiting for a driver, a million dead letters.

mod calls;

use std::collections::BTreeMap;

use serde_json::Value;
use tokio_postgres::Client;
use tropa_dispatch::port::OrderStore;
use tropa_postgres::PostgresStore;

use super::{client, plans, store_on};
use crate::servers::servers;

const FILL: &str = include_str!("volume/fill.sql");

/// Tables, and the tables when they have grown tenfold.
struct Volume {
    orders: i64,
    /// One order in so many waits for a driver, and for one in so many there is a dead letter.
    waiting: i64,
    letters: i64,
}

impl Volume {
    fn chosen() -> Self {
        match std::env::var("TROPA_TEST_VOLUME").as_deref() {
            Ok("full") => Self { orders: 10_000_000, waiting: 100, letters: 10 },
            Ok(other) => panic!("TROPA_TEST_VOLUME must be full, not {other:?}"),
            Err(_) => Self { orders: 200_000, waiting: 20, letters: 4 },
        }
    }
}

/// Statements that cost what waits, and why that does no harm. With orders and letters that wait for nothing they do not grow.
const GROWING: [(&str, &str); 3] = [
    ("abandon_claims", "once in a relay's life: an index on the owner would cost each claim more"),
    ("backlog", "counts what is unpublished; `Tally` bounds how often by what it costs"),
    ("stranded_orders", "looks at what is pending twice a minute, and at 50,000 orders at most"),
];
/// Pages and rows for each order that waits, at most.
const EACH: i64 = 10;

/// Pages and rows that a call may touch in the large tables, having touched so many in the small ones: an index of more orders has
/// more levels, and a hundred looks into it take a page more each.
fn allowed(small: i64) -> i64 {
    small * 2 + 50
}

/// Orders that somebody has: few, and a plan may look at each.
const FLEET: i64 = 1_000;

/// Rows that a plan has looked at, and whether it has read a large table in its own order.
fn looked_at(node: &Value) -> (f64, bool) {
    let number = |key: &str| node[key].as_f64().unwrap_or_default();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let rows = [
        "Actual Rows",
        "Rows Removed by Filter",
        "Rows Removed by Index Recheck",
        "Rows Removed by Join Filter",
    ];
    let own = rows.map(number).iter().sum::<f64>() * number("Actual Loops");
    let below = node["Plans"].as_array().into_iter().flatten().map(looked_at);
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let whole = kind == "Seq Scan" && plans::LARGE.contains(&table);
    below.fold((own, whole), |(rows, whole), (more, also)| (rows + more, whole || also))
}

/// Pages of the tables and their indexes that this transaction has touched, triggers and references included.
const TOUCHED: &str = "SELECT sum(pg_stat_get_xact_blocks_fetched(oid))::bigint FROM pg_class
                       WHERE relnamespace IN ('public'::regnamespace, 'pg_toast'::regnamespace) AND relkind IN ('r', 'i', 't')";

/// A call that is undone again: pages, rows, whether it read a table in its own order.
async fn measure(client: &Client, call: &str) -> (i64, i64, bool) {
    client.batch_execute("BEGIN").await.unwrap();
    let explained = format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE {call}");
    // The counters go on from transaction to transaction, for a while.
    let before: i64 = client.query_one(TOUCHED, &[]).await.unwrap().get(0);
    let row = client.query_one(&explained, &[]).await.unwrap_or_else(|e| panic!("{call}: {e:?}"));
    let pages = client.query_one(TOUCHED, &[]).await.unwrap().get::<_, i64>(0) - before;
    client.batch_execute("ROLLBACK").await.unwrap();
    let told: Value = row.get(0);
    let (rows, whole) = looked_at(&told[0]["Plan"]);
    (pages, rows as i64, whole)
}

/// What every call touches now, by the plan for these values or the one for any, whichever is worse.
async fn measure_all(url: &str, volume: &Volume) -> BTreeMap<(usize, String), (i64, i64, bool)> {
    let [orders, relaxed] = PostgresStore::session_options();
    let mut measured = BTreeMap::new();
    for options in [orders, relaxed.clone()] {
        let client = plans::session(url, &format!("{options} -c statement_timeout=0")).await;
        for mode in ["force_custom_plan", "force_generic_plan"] {
            client.batch_execute(&format!("DEALLOCATE ALL; SET plan_cache_mode = {mode}")).await.unwrap();
            for (name, sql) in plans::statements() {
                client.batch_execute(&format!("PREPARE {name} AS {sql}")).await.unwrap();
            }
            for (place, (name, arguments)) in calls::CALLS.iter().enumerate() {
                // Planned for the values at hand, always.
                let anew = plans::PLANNED.iter().any(|(planned, ..)| planned == name);
                if calls::RELAXED.contains(name) != (options == relaxed)
                    || anew && mode == "force_generic_plan"
                {
                    continue;
                }
                let given = calls::arguments(arguments, volume.orders, volume.waiting);
                let call = if given.is_empty() { (*name).to_owned() } else { format!("{name}({given})") };
                let (pages, rows, whole) = measure(&client, &call).await;
                let shown = if arguments.len() > 80 { "…" } else { arguments };
                let worst = measured.entry((place, format!("{name}({shown})"))).or_insert((0, 0, false));
                *worst = (worst.0.max(pages), worst.1.max(rows), worst.2 || whole);
            }
        }
    }
    measured
}

#[test]
fn every_statement_is_called() {
    for (name, _) in plans::statements() {
        assert!(
            calls::CALLS.iter().any(|(called, _)| *called == name),
            "{name}.sql is missing in volume/calls.rs"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_statement_touches_does_not_grow_with_the_tables() {
    let url = servers().database().await;
    store_on(&url).check().await.unwrap();
    let client = client(&url).await;
    let volume = Volume::chosen();
    let fill = |from: i64, to: i64| {
        let counts =
            [("{from}", from), ("{to}", to), ("{waiting}", volume.waiting), ("{letters}", volume.letters)];
        counts.iter().fold(FILL.to_owned(), |sql, (name, count)| sql.replace(name, &count.to_string()))
    };
    let tenth = Volume { orders: volume.orders / 10, ..volume };
    client.batch_execute(&fill(1, tenth.orders)).await.unwrap();
    let small = measure_all(&url, &tenth).await;
    client.batch_execute(&fill(tenth.orders + 1, volume.orders)).await.unwrap();
    let large = measure_all(&url, &volume).await;

    let mut found = Vec::new();
    println!("pages and rows, of {} orders and of {}", tenth.orders, volume.orders);
    for (call, &(pages, rows, whole)) in &large {
        let (fewer, less, _) = small[call];
        println!("{fewer:>8} {pages:>8}   {less:>8} {rows:>8}   {}", call.1);
        let waits = GROWING.iter().any(|(name, _)| call.1.starts_with(&format!("{name}(")));
        let most = |small| if waits { volume.orders / volume.waiting * EACH } else { allowed(small) };
        if pages > most(fewer) || rows > most(less) + FLEET {
            found.push(format!("{}: {fewer} pages became {pages}, {less} rows {rows}", call.1));
        }
        if whole && !waits {
            found.push(format!("{}: reads a table from end to end", call.1));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
