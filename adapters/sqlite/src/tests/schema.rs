//! The schema, as SQLite understands it and as it defends itself.

use rusqlite::Connection;

use crate::{schema, statement};

pub(super) fn migrated() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    schema::migrate(&mut connection).unwrap();
    connection
}

#[test]
fn every_statement_prepares() {
    let connection = migrated();
    for (name, sql) in statement::ALL {
        if let Err(e) = connection.prepare(sql) {
            panic!("{name}.sql: {e}");
        }
    }
}

#[test]
fn every_file_is_a_statement() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sql");
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".sql").unwrap();
        assert!(statement::ALL.iter().any(|(known, _)| *known == name), "{file} is used by nobody");
    }
}

/// What may read a table from its beginning: it is small, read once at the start, or read up to a LIMIT.
const MAY_SCAN: [&str; 9] = [
    "list_orders_by_prefix",
    "order_counts",
    "backlog_by_topic",
    "count_pending",
    "count_parked",
    "letter_groups",
    "oldest_published",
    "prune_inbox",
    "list_operations",
];

#[test]
fn no_hot_statement_scans_a_table() {
    let connection = migrated();
    for (name, sql) in statement::ALL {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let unbound = plan.parameter_count();
        let nulls = rusqlite::params_from_iter(std::iter::repeat_n(rusqlite::types::Null, unbound));
        let steps = plan.query_map(nulls, |row| row.get::<_, String>(3)).unwrap();
        for step in steps.map(Result::unwrap) {
            // `USING` is in every step that goes by an index or a key. What a step scans without one is a table, or
            // the result of a subquery, which is as long as its own LIMIT, or a list that was given.
            let bounded = ["USING", "(subquery", "CONSTANT ROW", "VIRTUAL TABLE"]
                .iter()
                .any(|what| step.contains(what));
            let scans = step.starts_with("SCAN") && !bounded;
            assert!(!scans || MAY_SCAN.contains(name), "{name}.sql: {step}");
        }
    }
}

/// An order that is pending, one that is dispatched, and one that is delivered.
const LIVES: &str = "
    INSERT INTO orders (seq, id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
    VALUES (1, 'a', zeroblob(32), 'BRL', 1, 0, '{}', 'PENDING', 1, 0, 0),
           (2, 'b', zeroblob(32), 'BRL', 1, 0, '{}', 'PENDING', 1, 0, 0),
           (3, 'c', zeroblob(32), 'BRL', 1, 0, '{}', 'PENDING', 1, 0, 0);
    UPDATE orders SET status = 'DISPATCHED', version = 2, driver_id = 'd', driver_name = 'D', claim_token = 't'
    WHERE seq IN (2, 3);
    UPDATE orders SET status = 'DELIVERED', version = 3 WHERE seq = 3;
    INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt)
    VALUES (1, 1, zeroblob(16), 'created', '{}', 0, 'api', 1);
    INSERT INTO assignments (order_seq, driver_id, token, active, started_at) VALUES (2, 'd', 't', 1, 0);
    INSERT INTO audit (at, instance, action, target, outcome) VALUES (0, 'a', 'actor.kill', '/tropa', 'done');
    INSERT INTO inbox VALUES ('dispatch', zeroblob(16), 0);
    INSERT INTO idempotency_keys VALUES ('s', 'k', zeroblob(32), 1, 0);";

#[test]
fn the_database_refuses_what_must_not_be() {
    let connection = migrated();
    connection.execute_batch(LIVES).unwrap();
    for (wrong, sql, reason) in [
        (
            "a step back",
            "UPDATE orders SET status = 'PENDING', version = 3 WHERE seq = 2",
            "invalid state transition",
        ),
        (
            "life after the end",
            "UPDATE orders SET status = 'CANCELLED', version = 4 WHERE seq = 3",
            "invalid state transition",
        ),
        (
            "the same state again",
            "UPDATE orders SET status = 'DISPATCHED', version = 3 WHERE seq = 2",
            "invalid state transition",
        ),
        (
            "a skipped version",
            "UPDATE orders SET status = 'CANCELLED', version = 3 WHERE seq = 1",
            "invalid state transition",
        ),
        (
            "an unknown state",
            "UPDATE orders SET status = 'LOST', version = 2 WHERE seq = 1",
            "invalid state transition",
        ),
        (
            "a dispatch without a driver",
            "UPDATE orders SET status = 'DISPATCHED', version = 2 WHERE seq = 1",
            "a_driver_drives",
        ),
        (
            "manual without a reason",
            "UPDATE orders SET status = 'MANUAL_DISPATCH', version = 2 WHERE seq = 1",
            "a_person_is_told_why",
        ),
        (
            "a new order that is not new",
            "INSERT INTO orders SELECT 9, 'z', NULL, NULL, fingerprint, currency, price, tax, details, status, 7, NULL, NULL, NULL, NULL, NULL, 0, 0 FROM orders WHERE seq = 1",
            "pending_is_the_first_version",
        ),
        ("a negative tax", "UPDATE orders SET tax = -1 WHERE seq = 1", "tax BETWEEN"),
        (
            "a price beyond measure",
            "UPDATE orders SET price = 100000000000001 WHERE seq = 1",
            "price BETWEEN",
        ),
        ("a text for a price", "UPDATE orders SET price = 'abc' WHERE seq = 1", "cannot store TEXT"),
        ("an id twice", "UPDATE orders SET id = 'a' WHERE seq = 2", "UNIQUE"),
        ("a version's event twice", "INSERT INTO order_events SELECT * FROM order_events", "UNIQUE"),
        ("another past", "UPDATE order_events SET kind = 'created'", "cannot be changed"),
        ("another deed", "UPDATE audit SET subject = 'nobody'", "cannot be changed"),
        ("a deed forgotten", "DELETE FROM audit", "cannot be changed"),
        ("a deed in its place", "REPLACE INTO audit SELECT * FROM audit", "cannot be changed"),
        (
            "an event of no order",
            "INSERT INTO order_events SELECT 99, version, event_id, kind, data, at, cause, attempt, trace FROM order_events",
            "FOREIGN KEY",
        ),
        ("a driver on two orders", "INSERT INTO assignments VALUES (3, 'd', 'u', 1, 0, NULL)", "UNIQUE"),
        ("an ended assignment without an end", "UPDATE assignments SET active = 0", "CHECK"),
        ("an event answered twice", "INSERT INTO inbox SELECT * FROM inbox", "UNIQUE"),
        ("a key used twice", "INSERT INTO idempotency_keys SELECT * FROM idempotency_keys", "UNIQUE"),
        (
            "a message to publish that does not exist",
            "INSERT INTO outbox_pending (id, order_seq, due_at) VALUES (7, 1, 0)",
            "FOREIGN KEY",
        ),
        (
            "a driver beyond the pole",
            "INSERT INTO drivers VALUES ('d', 'D', 'available', 91, 0, NULL, 0, 0)",
            "lat BETWEEN",
        ),
        (
            "half a position",
            "INSERT INTO drivers VALUES ('d', 'D', 'available', 9, NULL, NULL, 0, 0)",
            "a_position_is_whole",
        ),
    ] {
        let refused = connection.execute(sql, []).expect_err(wrong).to_string();
        assert!(refused.contains(reason), "{wrong}: {refused}");
    }
}
