//! What each statement does, in steps of SQLite's machine, when there is ten times as much of everything that grows: the same. Time is
//! not measured, so a slow machine sees what a fast one does.
//!
//! With `TROPA_TEST_VOLUME=full`: ten million orders, a hundred thousand waiting for a driver, a million dead letters.

mod calls;

use rusqlite::{Connection, StatementStatus, params_from_iter};

use self::calls::{NOW, calls};
use crate::{connection, schema, statement};

const FILL: &str = include_str!("volume/fill.sql");

/// How many orders, one in how many of them waits for a driver, and for one in how many there is a dead letter.
fn chosen() -> (i64, i64, i64) {
    match std::env::var("TROPA_TEST_VOLUME").as_deref() {
        Ok("full") => (10_000_000, 100, 10),
        Ok(other) => panic!("TROPA_TEST_VOLUME must be full, not {other:?}"),
        Err(_) => (200_000, 20, 4),
    }
}

/// Statements whose steps grow with what waits, and why that does no harm. With orders and letters that wait for nothing they do
/// not grow.
const GROWING: [(&str, &str); 2] = [
    ("backlog", "counts what is postponed, along an index, beside the writer"),
    ("stranded_orders", "looks at what is pending twice a minute, and at 50,000 orders at most"),
];
/// Steps for each order that waits, at most.
const EACH: i64 = 40;

/// A count of a whole table is one step that reads all of it.
const COUNTS: [&str; 1] = ["count_pending"];

/// The steps of a call that is undone again.
fn steps(connection: &Connection, sql: &str, given: &[rusqlite::types::Value]) -> i64 {
    connection.execute_batch("BEGIN").unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query(params_from_iter(given)).unwrap_or_else(|e| panic!("{sql}: {e}"));
    while rows.next().unwrap_or_else(|e| panic!("{sql}: {e}")).is_some() {}
    drop(rows);
    let steps = statement.get_status(StatementStatus::VmStep);
    drop(statement);
    connection.execute_batch("ROLLBACK").unwrap();
    steps.into()
}

fn measure(connection: &Connection, orders: i64, waiting: i64) -> Vec<(String, i64)> {
    // In the newer half.
    let (w, o) = (orders / 2 + waiting * 7, orders / 2 + 8);
    let measure_one = |(name, given, what): calls::Call| {
        let sql = statement::ALL.iter().find(|(known, _)| *known == name).expect(name).1;
        (format!("{name} {what}"), steps(connection, sql, &given))
    };
    calls(w, o).into_iter().map(measure_one).collect()
}

#[test]
fn every_statement_is_called() {
    let calls = calls(1, 1);
    for (name, _) in statement::ALL {
        assert!(calls.iter().any(|(called, ..)| called == name), "{name}.sql is missing in volume/calls.rs");
    }
}

#[test]
fn none_counts_a_whole_table() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection).unwrap();
    for (name, sql) in statement::ALL {
        let mut program = connection.prepare(&format!("EXPLAIN {sql}")).unwrap();
        let unbound = vec![rusqlite::types::Null; program.parameter_count()];
        let codes = program.query_map(params_from_iter(unbound), |row| row.get::<_, String>(1)).unwrap();
        let counts = codes.map(Result::unwrap).any(|code| code == "Count");
        assert_eq!(counts, COUNTS.contains(name), "{name}.sql");
    }
}

#[test]
fn what_a_statement_does_does_not_grow_with_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connection::open(&folder.path().join("tropa.db")).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -300000;")
        .unwrap();
    schema::migrate(&mut connection).unwrap();
    let (orders, waiting, letters) = chosen();
    let fill = |from: i64, to: i64| {
        let counts =
            [("{from}", from), ("{to}", to), ("{waiting}", waiting), ("{letters}", letters), ("{now}", NOW)];
        let sql =
            counts.iter().fold(FILL.to_owned(), |sql, (name, count)| sql.replace(name, &count.to_string()));
        // What fails here is thrown away whole.
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = OFF; BEGIN; {sql} COMMIT; PRAGMA journal_mode = MEMORY;"
            ))
            .unwrap();
    };
    fill(1, orders / 10);
    let small = measure(&connection, orders / 10, waiting);
    fill(orders / 10 + 1, orders);
    let large = measure(&connection, orders, waiting);

    let mut found = Vec::new();
    println!("steps, of {} orders and of {orders}", orders / 10);
    for ((call, few), (_, many)) in small.into_iter().zip(large) {
        println!("{few:>9} {many:>9}   {call}");
        let waits = GROWING.iter().any(|(name, _)| call.starts_with(name));
        let most = if waits { orders / waiting * EACH } else { few * 2 + 50 };
        if many > most {
            found.push(format!("{call}: {few} steps became {many}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
