//! Reads the evidence out of a SQLite file, without a word of the adapter that wrote it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use crate::checker::{AssignmentRow, EventRow, Evidence, KeyRow, OrderRow, OutboxRow, Pending};

/// An order's name; of one whose row is gone, the name in its messages.
const NAME: &str = "COALESCE(
    (SELECT id FROM orders WHERE seq = t.order_seq),
    (SELECT json_extract(payload, '$.order.id') FROM outbox WHERE order_seq = t.order_seq LIMIT 1),
    '#' || t.order_seq)";

/// The database's part of the evidence, in one consistent reading.
pub fn load(file: &Path) -> rusqlite::Result<Evidence> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    let db = db.unchecked_transaction()?;
    let damage: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(damage, "ok", "the database is damaged");
    Ok(Evidence {
        read_at: (time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000) as i64,
        orders: rows(
            &db,
            "SELECT id, order_number, price, status, version, driver_id, claim_token, manual_reason, cancel_reason
             FROM orders ORDER BY seq",
            |row| {
                Ok(OrderRow {
                    id: row.get(0)?,
                    order_number: row.get(1)?,
                    price: row.get(2)?,
                    status: row.get(3)?,
                    version: row.get(4)?,
                    driver_id: row.get(5)?,
                    claim_token: row.get(6)?,
                    manual_reason: row.get(7)?,
                    cancel_reason: row.get(8)?,
                })
            },
        )?,
        events: rows(
            &db,
            &format!(
                "SELECT {NAME}, version, event_id, kind, json_extract(data, '$.driver_id'),
                        json_extract(data, '$.claim_token'), json_extract(data, '$.reason')
                 FROM order_events t ORDER BY order_seq, version"
            ),
            |row| {
                Ok(EventRow {
                    order: row.get(0)?,
                    version: row.get(1)?,
                    event_id: uuid(row, 2)?,
                    kind: row.get(3)?,
                    driver_id: row.get(4)?,
                    claim_token: row.get(5)?,
                    reason: row.get(6)?,
                })
            },
        )?,
        outbox: rows(
            &db,
            &format!(
                "SELECT {NAME}, event_id, topic, due_at, wait_reason
                 FROM outbox t LEFT JOIN outbox_pending p ON p.id = t.id ORDER BY t.id"
            ),
            |row| {
                let due_at: Option<i64> = row.get(3)?;
                let wait_reason = row.get(4)?;
                Ok(OutboxRow {
                    order: row.get(0)?,
                    event_id: uuid(row, 1)?,
                    topic: row.get(2)?,
                    pending: due_at.map(|due_at| Pending { due_at, wait_reason }),
                })
            },
        )?,
        inbox: rows(&db, "SELECT event_id FROM inbox", |row| uuid(row, 0))?,
        assignments: rows(&db, &format!("SELECT {NAME}, driver_id, active FROM assignments t"), |row| {
            Ok(AssignmentRow { order: row.get(0)?, driver_id: row.get(1)?, active: row.get(2)? })
        })?,
        keys: rows(&db, &format!("SELECT key, {NAME} FROM idempotency_keys t"), |row| {
            Ok(KeyRow { key: row.get(0)?, order: row.get(1)? })
        })?,
        ..Evidence::default()
    })
}

fn rows<T>(
    db: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    db.prepare(sql)?.query_map([], read)?.collect()
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(uuid::Uuid::from_bytes(bytes).to_string())
}
