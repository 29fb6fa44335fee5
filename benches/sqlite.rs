//! How many orders a second the SQLite file takes: created, dispatched, and both their messages published.
//!
//! `cargo bench --bench sqlite`. The orders are made before the clock starts, so what is measured is the store; its
//! writer is one thread. Without group commit every order pays for its own fsyncs, which is what the disk can do.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::mpsc};
use tropa_dispatch::{
    port::{Applied, Claimed, Creation, OrderStore, Outbox, Relayed, Settlement, SystemClock, Write},
    testing::sample::{answer, creation, dispatched},
};
use tropa_sqlite::{Options, SqliteStore};

/// What Intake and Journal gather under load, about.
const BATCH: usize = 64;

fn orders(prefix: u64, count: usize) -> Vec<(Creation, Write)> {
    (0..count)
        .map(|i| {
            let created = creation(&format!("bench-{prefix}-{i:08}"));
            let step = dispatched(&created.order, &format!("driver-{prefix}-{i}"));
            let write = answer(created.event.event_id, step);
            (created, write)
        })
        .collect()
}

async fn relay(store: SqliteStore, messages: usize) {
    let (wakeup, mut published) = (store.wakeup(), 0);
    while published < messages {
        let claimed = store.claim("bench", 512, Duration::from_mins(1)).await.unwrap();
        if claimed.is_empty() {
            // Times out when the wake-up was for what this loop has claimed already.
            let _ = tokio::time::timeout(Duration::from_millis(250), wakeup.notified()).await;
            continue;
        }
        published += claimed.len();
        let settle = |c: Claimed| Settlement { id: c.id, token: c.token, outcome: Relayed::Published };
        store.settle(claimed.into_iter().map(settle).collect()).await.unwrap();
    }
}

/// All of them through the store, in batches, intake and journal and relay at once.
async fn run(store: &SqliteStore, orders: Vec<(Creation, Write)>) -> Duration {
    let relayed = tokio::spawn(relay(store.clone(), orders.len() * 2));
    let (creations, writes): (Vec<_>, Vec<_>) = orders.into_iter().unzip();
    let (accepted, mut to_dispatch) = mpsc::channel(4);
    let start = Instant::now();
    let (intake, journal) = (store.clone(), store.clone());
    let intake = tokio::spawn(async move {
        for batch in creations.chunks(BATCH) {
            intake.create(batch.to_vec().into()).await.unwrap();
            accepted.send(()).await.unwrap();
        }
    });
    let mut writes = writes.chunks(BATCH);
    while to_dispatch.recv().await.is_some() {
        let applied = journal.apply(writes.next().unwrap().to_vec().into()).await.unwrap();
        assert!(applied.iter().all(|applied| *applied == Applied::Done));
    }
    intake.await.unwrap();
    relayed.await.unwrap();
    start.elapsed()
}

fn bench(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group("orders");
    group.sample_size(10);
    for (group_commit, count) in [(true, 4_096), (false, 256)] {
        let folder = TempDir::new().unwrap();
        let options = Options::new(folder.path().join("tropa.db"), Arc::new(SystemClock));
        let store = SqliteStore::open(Options { group_commit, ..options }).unwrap();
        let mut prefix = 0;
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("group_commit", group_commit), |b| {
            b.iter_custom(|rounds| {
                (0..rounds)
                    .map(|_| {
                        prefix += 1;
                        runtime.block_on(run(&store, orders(prefix, count)))
                    })
                    .sum()
            });
        });
        runtime.block_on(store.close()).unwrap();
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
