//! Gathers what the checks look at from a running standalone Tropa.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use super::load::Load;
use crate::{
    checker::{self, Evidence, HeldDriver},
    harness::Tropa,
};

/// Everything must be quiet within this time after the last fault: a hang is seen after 10 s, a supervisor that hangs on
/// its way out is given its children's times, a claim that came to nothing is swept after its lease of 30 s.
const QUIET_WITHIN: Duration = Duration::from_mins(1);

/// Where the broker records what it publishes.
pub fn audit_file(data: &Path) -> PathBuf {
    data.join("audit.jsonl")
}

/// Enters drivers around the default pickup, and says they are there now.
pub async fn drivers(tropa: &Tropa, count: usize) {
    let entered = (0..count).map(|n| async move {
        let body = json!({ "name": format!("Driver {n}"), "status": "available" });
        let answer = tropa.put(&format!("/api/v1/drivers/driver-{n}"), &body).await.expect("an answer");
        assert!(answer.status < 300, "{answer:?}");
    });
    let mut entered: Vec<_> = entered.collect();
    while !entered.is_empty() {
        let some = entered.split_off(entered.len().saturating_sub(16));
        futures_util::future::join_all(some).await;
    }
    positions(tropa, count).await;
}

/// All drivers report where they are; after 60 s of silence they would get no orders.
pub async fn positions(tropa: &Tropa, count: usize) {
    let spread = |n: usize| (n % 100) as f64 * 0.0001;
    let line = |n| json!({ "driver_id": format!("driver-{n}"), "lat": -23.55 - spread(n), "lng": -46.63 - spread(n / 7) });
    let lines = (0..count).map(|n| line(n).to_string()).collect::<Vec<_>>().join("\n");
    let began = Instant::now();
    loop {
        let request = http::Request::post(tropa.url() + "/api/v1/drivers/positions")
            .header("content-type", "application/x-ndjson")
            .body(http_body_util::Full::new(lines.clone().into()))
            .expect("a request");
        let answer = tropa.send(request).await.expect("an answer");
        // Until the drivers are restored it says so, and when to come again.
        if answer.status == 503
            && answer.headers.contains_key("retry-after")
            && began.elapsed() < QUIET_WITHIN
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        return assert!(answer.status < 300, "{answer:?}");
    }
}

/// Waits until no order is underway, delivering as many as wait for a driver; then takes everything down that the
/// checks need. When it does not get quiet, the checks will say why.
pub async fn gather(tropa: &Tropa, load: &Load) -> Evidence {
    let began = Instant::now();
    load.settle(&tropa.url(), Vec::new()).await;
    while began.elapsed() < QUIET_WITHIN {
        let Standing { pending, announced, mut dispatched } = standing(&tropa.database());
        if pending == 0 && announced {
            break;
        }
        dispatched.truncate(pending);
        load.settle(&tropa.url(), dispatched).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Released drivers and counters follow their commits by moments.
    let mut evidence = read(tropa, load).await;
    while !checker::check(&evidence).findings.is_empty() && began.elapsed() < QUIET_WITHIN {
        tokio::time::sleep(Duration::from_millis(100)).await;
        evidence = read(tropa, load).await;
    }
    evidence
}

/// One reading of everything.
async fn read(tropa: &Tropa, load: &Load) -> Evidence {
    let mut evidence = super::database::load(&tropa.database()).expect("the database can be read");
    evidence.ledger = checker::attempts(load.ledger()).expect("the ledger can be read");
    let audit = tropa.database().with_file_name("audit.jsonl");
    evidence.audit = super::audit::audit_lines(&audit).expect("the audit log can be read");
    evidence.claims = holds(tropa).await;
    let metrics = tropa.get("/metrics").await.expect("metrics").text;
    evidence.left = vec![("deliveries in flight".to_owned(), gauge(&metrics, "tropa_consumer_in_flight"))];
    evidence
}

/// Who holds which driver, as the fleet says; asked again while the registry that knows is hung or restarts.
async fn holds(tropa: &Tropa) -> Vec<HeldDriver> {
    let began = Instant::now();
    let answer = loop {
        let answer = tropa.get("/api/v1/drivers?limit=1000").await.expect("an answer");
        if answer.status == 200 {
            break answer.json();
        }
        assert!(began.elapsed() < QUIET_WITHIN, "no list of drivers: {answer:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let held = answer["drivers"].as_array().expect("a list of drivers").iter().filter_map(|driver| {
        let order = driver["order_id"].as_str()?.to_owned();
        Some(HeldDriver { driver_id: driver["id"].as_str()?.to_owned(), order })
    });
    held.collect()
}

/// The value of a metric without labels.
pub fn gauge(metrics: &str, name: &str) -> u64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.parse::<f64>().ok()).unwrap_or_else(|| panic!("no {name}")) as u64
}

/// How far everything is.
struct Standing {
    /// Orders without a driver or an end.
    pending: usize,
    /// Whether every message was published.
    announced: bool,
    /// Orders a driver has, oldest first.
    dispatched: Vec<String>,
}

fn standing(database: &Path) -> Standing {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the database");
    db.busy_timeout(Duration::from_secs(5)).expect("a timeout");
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a count");
    let mut dispatched =
        db.prepare("SELECT id FROM orders WHERE status = 'DISPATCHED' ORDER BY seq").expect("a statement");
    let dispatched = dispatched.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>();
    Standing {
        pending: count("SELECT COUNT(*) FROM orders WHERE status = 'PENDING'") as usize,
        announced: count("SELECT COUNT(*) FROM outbox_pending") == 0,
        dispatched: dispatched.expect("ids"),
    }
}
