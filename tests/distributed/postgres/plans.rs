//! What the planner makes of the adapter's statements: each looks into indexes, whether the tables are full or were empty when
//! the plan was made. An outbox is empty most of the time, and a plan is kept while it fills.

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;
use tokio_postgres::{Client, Config, NoTls};
use tropa_dispatch::{port::OrderStore, testing::sample::creation};
use tropa_postgres::PostgresStore;

use super::{client, store_on};
use crate::servers::servers;

/// Tables that grow with the business.
pub const LARGE: [&str; 11] = [
    "orders",
    "order_events",
    "assignments",
    "outbox",
    "outbox_pending",
    "inbox",
    "idempotency_keys",
    "dead_letters",
    "audit",
    "operation_items",
    "drivers",
];

/// Statements that may read a large table whole, or what of it an index has, and why.
const WHOLE: [(&str, &str); 8] = [
    ("abandon_claims", "once in a relay's life: an index on the owner would cost each claim more"),
    ("backlog", "counts; how often is bounded by what it costs"),
    ("count_silent_orders", "looks at whoever has an order, four times a minute"),
    ("discard_letters", "a person's doing, among what is parked"),
    ("letter_groups", "a person's question about all that is parked"),
    ("list_silent_orders", "a person's question about whoever has an order"),
    ("restore_letters", "a person's doing, among what was given up"),
    ("replay_letter", "a person's doing, among what is parked"),
];

/// Statements that are planned anew each time, for the values at hand: tried with every filter. They may walk along an index.
pub const PLANNED: [(&str, &str, &[&str]); 6] = [
    (
        "list_orders",
        "'infinity', '', {0}, {1}, {2}, {3}, 11, 0, '-infinity'",
        &["'MANUAL_DISPATCH'", "'c-77'", "'d-77'", "'no_driver'"],
    ),
    (
        "list_orders_by_status",
        "'infinity', '', 'MANUAL_DISPATCH', {0}, {1}, {2}, 11, 0, '-infinity'",
        &["'c-77'", "'d-77'", "'no_driver'"],
    ),
    (
        "list_orders_by_reason",
        "'infinity', '', {0}, {1}, {2}, 'no_driver', 11, 0",
        &["'MANUAL_DISPATCH'", "'c-77'", "'d-77'"],
    ),
    (
        "list_letters",
        "{0}, {1}, {2}, {3}, {4}, 100, 0",
        &["array[gen_random_uuid()]", "'discarded'", "'f-7'", "'orders.created'", "'o-77'"],
    ),
    (
        "pick_letters",
        "{0}, {1}, {2}, {3}, {4}, 100",
        &["array[gen_random_uuid()]", "'discarded'", "'f-7'", "'orders.created'", "'o-77'"],
    ),
    (
        "list_audit",
        "9223372036854775807, 0, '-infinity', {0}, {1}, {2}, {3}, 100",
        &["'actor.kill'", "'o-77'", "'maria'", "'failed'"],
    ),
];

/// The statements in `adapters/postgres/src/sql`, which the adapter includes.
pub fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/postgres/src/sql");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}

pub fn statement(name: &str) -> String {
    statements().into_iter().find(|(known, _)| known == name).unwrap().1
}

/// A plain connection whose session is like the adapter's.
pub async fn session(url: &str, options: &str) -> Client {
    let mut config: Config = url.parse().unwrap();
    let (client, connection) = config.options(options).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The first column of each index: a condition on another one reads the index from end to end.
type Leading = HashMap<String, String>;

async fn leading(client: &Client) -> Leading {
    let sql = "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// What in a plan grows with a table instead of with what is asked for.
fn complaints(node: &Value, parent: &str, leading: &Leading, found: &mut Vec<String>) {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let (kind, table) = (text("Node Type"), text("Relation Name"));
    // A key, or what lies between two, is looked up; one side of an order is walked along.
    let bound = |comparison| {
        let column = leading.get(text("Index Name"));
        column.is_some_and(|column| text("Index Cond").contains(&format!("({column} {comparison} ")))
    };
    let by_key = node.get("TID Cond").is_some() || bound("=") || bound(">=") && bound("<=");
    // In the order of an index, until there are enough: of all, not of those that a filter lets pass.
    let walked = ["Limit", "LockRows"].contains(&parent) && kind.starts_with("Index");
    let enough = walked && node.get("Filter").is_none();
    if kind.contains("Scan") && kind != "Bitmap Heap Scan" && LARGE.contains(&table) && !by_key && !enough {
        found.push(format!("{kind} of all of {table} {}", text("Index Name")));
    }
    if kind == "Nested Loop" && node.get("Join Filter").is_some() {
        found.push(format!("each row with each other: {}", text("Join Filter")));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        complaints(below, kind, leading, found);
    }
}

async fn explain(client: &Client, leading: &Leading, call: &str) -> Vec<String> {
    let row = client.query_one(&format!("EXPLAIN (FORMAT JSON) EXECUTE {call}"), &[]).await;
    let plan: Value = row.unwrap_or_else(|e| panic!("{call}: {e:?}")).get(0);
    let mut found = Vec::new();
    complaints(&plan[0]["Plan"], "", leading, &mut found);
    found.into_iter().map(|complaint| format!("{call}: {complaint}")).collect()
}

/// Every statement, as the adapter's sessions of each kind would plan it now.
pub async fn assert_linear(url: &str) {
    let leading = leading(&client(url).await).await;
    let mut found = Vec::new();
    for options in PostgresStore::session_options() {
        let client = session(url, &options).await;
        client.batch_execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
        for (name, sql) in statements() {
            if WHOLE.iter().any(|(known, _)| *known == name)
                || PLANNED.iter().any(|(known, ..)| *known == name)
            {
                continue;
            }
            let params = client.prepare(&sql).await.unwrap().params().len();
            let nulls = vec!["NULL"; params].join(", ");
            let call = if params == 0 { name.clone() } else { format!("{name}({nulls})") };
            client.batch_execute(&format!("PREPARE {name} AS {sql}")).await.unwrap();
            found.extend(explain(&client, &leading, &call).await);
        }
    }
    let client = session(url, &PostgresStore::session_options()[0]).await;
    client.batch_execute("SET plan_cache_mode = force_custom_plan").await.unwrap();
    for (name, arguments, filters) in PLANNED {
        client.batch_execute(&format!("PREPARE {name} AS {}", statement(name))).await.unwrap();
        for given in 0..1 << filters.len() {
            let mut arguments = arguments.to_owned();
            for (i, filter) in filters.iter().enumerate() {
                let value = if given & 1 << i == 0 { "NULL" } else { filter };
                arguments = arguments.replace(&format!("{{{i}}}"), value);
            }
            let call = format!("{name}({arguments})");
            let complaints = explain(&client, &leading, &call).await;
            found.extend(complaints.into_iter().filter(|complaint| complaint.contains("Seq Scan")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn plans_made_for_empty_tables_are_good_for_full_ones() {
    let url = servers().database().await;
    let (store, client) = (store_on(&url), client(&url).await);
    store.check().await.unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
    assert_linear(&url).await;
    // One order, and its message: the planner believes that every row is its.
    store.create(vec![creation("o-1")].into()).await.unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
    assert_linear(&url).await;
    // And then many, which nobody has told it about.
    for thousand in 1..=5 {
        let many = (0..1_000).map(|n| creation(&format!("o-{thousand}-{n}"))).collect();
        store.create(many).await.unwrap();
    }
    assert_linear(&url).await;
    // They are published: the table is empty, and its indexes are what they were.
    client.batch_execute("ANALYZE; DELETE FROM outbox_pending").await.unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
    assert_linear(&url).await;
}
