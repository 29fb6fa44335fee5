//! The fault matrix as data: which fault hits the pipeline at which stage, and what must be seen. Every cell brings the
//! pipeline to its stage (by what can be observed, not by time), injects its fault there, heals, waits for quiet, asserts
//! its text and ends with the ten checks.
//!
//! `TROPA_CHAOS_ALL=1` plays every cell; without it those marked `chaos` are left out: they wait for real timeouts.
//! To add a cell: a line here, and a function of that name in the row's file.

mod broker;
mod database;
mod fleet;
mod hang;
mod network;
mod panic;
mod redis;
mod sigkill;
mod sigstop;

use crate::{
    checker::{Attempt, Evidence, Outcome, Wanted},
    scene::{Scene, Setting},
};

/// Where a fault hits.
pub const STAGES: [&str; 6] = ["accept", "outbox", "consume", "guard", "fleet", "commit"];

/// One cell.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The row.
    pub fault: &'static str,
    /// The column.
    pub stage: &'static str,
    /// What the table says.
    pub seen: &'static str,
    /// Whether it is part of every test run.
    pub always: bool,
}

/// Whether everything is to be played.
pub fn all() -> bool {
    std::env::var_os("TROPA_CHAOS_ALL").is_some_and(|value| value == "1")
}

/// Whether a test outside the matrix is left to `make chaos`; says so.
pub fn left_to_chaos(name: &str) -> bool {
    if !all() {
        println!("{name}: left to make chaos");
    }
    !all()
}

/// Plays a cell, unless it is left to `make chaos`.
async fn play(cell: &Cell, run: impl Future<Output = ()>) {
    if cell.always || all() {
        println!("{} × {}: {}", cell.fault, cell.stage, cell.seen);
        run.await;
    } else {
        println!("{} × {}: left to make chaos", cell.fault, cell.stage);
    }
}

/// A scene in which orders already go all the way, on servers everybody uses.
async fn flowing(name: &str, setting: Setting) -> Scene {
    begin(Scene::shared(name, setting).await).await
}

/// The same on servers that may be killed.
async fn flowing_on_ours(name: &str, setting: Setting) -> Scene {
    begin(Scene::ours(name, setting).await).await
}

async fn begin(mut scene: Scene) -> Scene {
    scene.under_load();
    scene.flowing().await;
    scene
}

/// Whether the order has a driver, or waits for a person, or is over.
fn has_ended(evidence: &Evidence, id: &str) -> bool {
    evidence.orders.iter().any(|order| order.id == id && order.status != "PENDING")
}

/// Whether somebody who asked for this order was told that it is there.
fn was_accepted(attempts: &[Attempt], id: &str) -> bool {
    attempts.iter().any(|attempt| {
        let create = matches!(&attempt.wanted, Wanted::Create { id: wanted, .. } if wanted == id);
        create && matches!(attempt.outcome, Outcome::Accepted { .. })
    })
}

/// New orders accepted so far.
pub fn accepted(attempts: &[Attempt]) -> usize {
    let creates = attempts.iter().filter(|attempt| matches!(attempt.wanted, Wanted::Create { .. }));
    creates.filter(|attempt| matches!(attempt.outcome, Outcome::Accepted { .. })).count()
}

/// Waits until all of these orders have a driver or an end.
pub async fn end_of(scene: &Scene, orders: &[String], within: std::time::Duration) {
    let list = orders.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    if list.is_empty() {
        return;
    }
    let pending = format!("SELECT id FROM orders WHERE status = 'PENDING' AND id IN ({list})");
    let what = format!("{} orders have a driver or an end", orders.len());
    scene.sees(&what, within, async || scene.database.texts(&pending).await.is_empty()).await;
}

macro_rules! matrix {
    ($($fault:literal in $row:ident { $($stage:ident $when:ident $seen:literal;)* })*) => {
        /// Every cell.
        pub const CELLS: &[Cell] = &[$($(
            Cell { fault: $fault, stage: stringify!($stage), seen: $seen, always: matrix!($when) },
        )*)*];

        mod cells {
            $(mod $row { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $stage() {
                    let of_this = |cell: &&super::super::Cell| {
                        cell.fault == $fault && cell.stage == stringify!($stage)
                    };
                    let cell = super::super::CELLS.iter().find(of_this).expect("this very cell");
                    let name = concat!(stringify!($row), "-", stringify!($stage));
                    super::super::play(cell, super::super::$row::$stage(name)).await;
                }
            )* })*
        }
    };
    (always) => { true };
    (chaos) => { false };
}

matrix! {
    "process SIGKILL" in sigkill {
        accept  always "before commit: no row; after: retry gets the one order";
        outbox  always "after confirm: republished, same id";
        consume always "requeued";
        guard   always "lease expires, reprocessed";
        fleet   always "claim reused by order id";
        commit  always "after commit: duplicate acked, one event";
    }
    "actor panic" in panic {
        accept  always "500, no partial row";
        outbox  always "restarted, lease taken over";
        consume always "consumer rebuilt, prefetch intact";
        guard   always "no false done";
        fleet   always "probe counted as failed";
        commit  always "transaction rolled back";
    }
    "actor hang" in hang {
        accept  chaos  "503 within the deadline";
        outbox  always "fenced, replaced";
        consume chaos  "fenced, deliveries requeued";
        guard   chaos  "lease expires";
        fleet   chaos  "deadline";
        commit  chaos  "old epoch refused";
    }
    "SIGSTOP 45 s, resumed" in sigstop {
        accept  always "unknown, replay";
        outbox  chaos  "stale token marks nothing";
        consume chaos  "heartbeat drop; late ack is no ack";
        guard   chaos  "second owner wins";
        fleet   chaos  "late result ignored";
        commit  always "guarded update: 0 rows, ack as duplicate";
    }
    "database SIGKILL" in database {
        accept  always "503, never 2xx";
        outbox  always "mark unknown, republish";
        consume always "pause, no nack storm";
        guard   always "`done` alone never acks";
        fleet   always "claim released or expires";
        commit  always "commit unknown: read back";
    }
    "broker SIGKILL" in broker {
        accept  always "still 2xx, backlog grows";
        outbox  always "confirms unknown, resent";
        consume always "resubscribed, same prefetch";
        guard   chaos  "unaffected";
        fleet   chaos  "in flight completes";
        commit  always "stale ack: redelivered, deduplicated";
    }
    "Redis SIGKILL, empty" in redis {
        accept  always "unaffected";
        outbox  always "unaffected";
        consume always "continues";
        guard   always "inbox decides";
        fleet   always "assignment uniqueness holds";
        commit  always "done rebuilt lazily";
    }
    "fleet down or slow" in fleet {
        accept  always "still 2xx";
        outbox  always "continues";
        consume chaos  "nothing spends its attempts";
        guard   always "lease released";
        fleet   always "opens, one set of probes";
        commit  always "pending, then manual";
    }
    "network cut, stall, one way, RST" in network {
        accept  chaos  "unknown, replay";
        outbox  always "unknown unmarked";
        consume chaos  "no silent hang over 10 s";
        guard   chaos  "ambiguity resolved by token";
        fleet   chaos  "same driver on retry";
        commit  chaos  "exactly one event";
    }
}

#[test]
fn the_matrix_is_played_whole() {
    for cell in CELLS {
        assert!(STAGES.contains(&cell.stage), "{cell:?}");
    }
    let always = CELLS.iter().filter(|cell| cell.always).count();
    println!("{} cells, {always} of them always", CELLS.len());
}
