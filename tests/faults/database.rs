//! Reads the database past the program and past its network: what is committed, whatever anybody was told.

use tokio_postgres::{Client, NoTls, Row};

use crate::checker::{AssignmentRow, EventRow, Evidence, KeyRow, OrderRow, OutboxRow, Pending};

/// An order's name; of one whose row is gone, the name in its messages.
const NAME: &str = "COALESCE(
    (SELECT id FROM orders WHERE seq = t.order_seq),
    (SELECT payload::json->'order'->>'id' FROM outbox WHERE order_seq = t.order_seq LIMIT 1),
    '#' || t.order_seq)";

/// A connection of our own.
pub struct Database {
    url: String,
}

impl Database {
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned() }
    }

    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// The rows of a question; none while the database is away or has no tables yet.
    pub async fn ask(&self, sql: &str) -> Vec<Row> {
        let Ok(client) = self.connect().await else { return Vec::new() };
        client.query(sql, &[]).await.unwrap_or_default()
    }

    /// The first column, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.ask(sql).await.iter().map(|row| row.get(0)).collect()
    }

    /// A number; 0 while the database is away.
    pub async fn count(&self, sql: &str) -> i64 {
        self.ask(sql).await.first().map_or(0, |row| row.get(0))
    }

    /// Changes something behind everybody's back.
    pub async fn change(&self, sql: &str) {
        self.connect().await.expect("the database").batch_execute(sql).await.expect("a statement");
    }

    /// The database's part of the evidence, in one consistent reading.
    pub async fn load(&self) -> Result<Evidence, tokio_postgres::Error> {
        let client = self.connect().await?;
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let rows = async |sql: &str| client.query(sql, &[]).await;
        let orders = rows(
            "SELECT id, order_number, price, status, version, driver_id, claim_token, manual_reason, cancel_reason
             FROM orders ORDER BY seq",
        );
        let orders = orders.await?.iter().map(order).collect();
        let events = format!(
            "SELECT {NAME}, version, event_id::text, kind, data->>'driver_id', data->>'claim_token', data->>'reason'
             FROM order_events t ORDER BY order_seq, version"
        );
        let events = rows(&events).await?.iter().map(event).collect();
        let outbox = format!(
            "SELECT {NAME}, event_id::text, topic, (extract(epoch FROM due_at) * 1000000)::bigint, wait_reason
             FROM outbox t LEFT JOIN outbox_pending p ON p.id = t.id ORDER BY t.id"
        );
        let outbox = rows(&outbox).await?.iter().map(message).collect();
        let inbox = rows("SELECT event_id::text FROM inbox").await?.iter().map(|row| row.get(0)).collect();
        let assignments = rows(&format!("SELECT {NAME}, driver_id, active FROM assignments t")).await?;
        let assignments = assignments.iter().map(|row| AssignmentRow {
            order: row.get(0),
            driver_id: row.get(1),
            active: row.get(2),
        });
        let keys = rows("SELECT key, order_id FROM idempotency_keys").await?;
        let keys = keys.iter().map(|row| KeyRow { key: row.get(0), order: row.get(1) });
        let now = rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").await?;
        Ok(Evidence {
            read_at: now[0].get(0),
            orders,
            events,
            outbox,
            inbox,
            assignments: assignments.collect(),
            keys: keys.collect(),
            ..Evidence::default()
        })
    }
}

fn order(row: &Row) -> OrderRow {
    OrderRow {
        id: row.get(0),
        order_number: row.get(1),
        price: row.get(2),
        status: row.get(3),
        version: row.get(4),
        driver_id: row.get(5),
        claim_token: row.get(6),
        manual_reason: row.get(7),
        cancel_reason: row.get(8),
    }
}

fn event(row: &Row) -> EventRow {
    EventRow {
        order: row.get(0),
        version: row.get(1),
        event_id: row.get(2),
        kind: row.get(3),
        driver_id: row.get(4),
        claim_token: row.get(5),
        reason: row.get(6),
    }
}

fn message(row: &Row) -> OutboxRow {
    let due_at: Option<i64> = row.get(3);
    let wait_reason = row.get(4);
    OutboxRow {
        order: row.get(0),
        event_id: row.get(1),
        topic: row.get(2),
        pending: due_at.map(|due_at| Pending { due_at, wait_reason }),
    }
}
