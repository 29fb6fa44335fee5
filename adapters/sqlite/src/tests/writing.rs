//! The writer's promises: a failure stays with its job, a death is noticed, the log does not grow for ever.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::{join, join_all};
use tempfile::TempDir;
use tropa_contract::{
    domain::Status,
    port::{Claimed, Created, OrderStore, Outbox, Relayed, Settlement, StatusCounts, StoreError},
    testing::sample::{command, creation, delivered, dispatched, manual},
};

use super::{SqliteStore, fresh, open_in};
use crate::{Batch, failure::Failure, writer::Durability};

/// Makes the writer busy until all `jobs` are in its channel. At most some 60: each takes two steps of the 128 that
/// tokio lets a task make before it must yield.
async fn behind_each_other<T>(store: &SqliteStore, jobs: impl Future<Output = T>) -> T {
    let (enter, entered) = tokio::sync::oneshot::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let mut enter = Some(enter);
    let busy = store.write(Durability::Relaxed, move |_| {
        let _ = enter.take().map(|enter| enter.send(()));
        Ok(left.recv().is_ok())
    });
    let queued = async {
        entered.await.unwrap();
        tokio::pin!(jobs);
        // Polled once, they are all sent.
        assert!(futures_util::poll!(&mut jobs).is_pending());
        leave.send(()).unwrap();
        jobs.await
    };
    let (busy, done) = join(busy, queued).await;
    assert_eq!(busy, Ok(true));
    done
}

#[tokio::test]
async fn a_failing_job_takes_no_other_along() {
    let store = fresh();
    let (order, other) = (creation("order"), creation("other"));
    store.create(vec![order.clone(), other.clone()].into()).await.unwrap();
    let (order, other) = (order.order, other.order);
    // Its first half is right; the second is a step that does not exist.
    let mut illegal = delivered(&dispatched(&order, "joao").order);
    illegal.event.version = 2;
    illegal.order.version = 2;
    let bad = store.apply(vec![command(manual(&other)), command(illegal)].into());
    let good = ["a", "b", "c"].map(|id| store.create(vec![creation(id)].into()));
    let (good, bad) = behind_each_other(&store, join(join_all(good), bad)).await;
    assert!(matches!(bad, Err(StoreError::Fault(_))), "{bad:?}");
    for created in good {
        assert_eq!(created, Ok(vec![Created::Stored]));
    }
    assert_eq!(store.counts().await.unwrap(), StatusCounts::from_iter([(Status::Pending, 5)]));
    assert_eq!(store.backlog().await.unwrap().pending, 5);
    let claimed = store.claim("relay", 100, Duration::from_mins(1)).await.unwrap();
    assert_eq!(claimed.len(), 5, "the bad job left nothing, in the file or in memory");
    let published = |c: Claimed| Settlement { id: c.id, token: c.token, outcome: Relayed::Published };
    store.settle(claimed.into_iter().map(published).collect()).await.unwrap();
    assert_eq!(store.claim("relay", 100, Duration::from_mins(1)).await.unwrap(), []);
}

#[tokio::test]
async fn what_waits_shares_a_transaction() {
    let store = fresh();
    let time = |batch: &mut Batch<'_>| Ok::<_, Failure>(batch.now);
    let jobs = join_all((0..40).map(|_| store.write(Durability::Full, time)));
    let times: BTreeSet<_> = behind_each_other(&store, jobs).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(times.len(), 1, "40 jobs, one transaction, one fsync");
}

#[tokio::test]
async fn a_dead_writer_is_noticed() {
    let store = fresh();
    let killed = store.write::<(), _>(Durability::Relaxed, |_| panic!("a bug in a job"));
    let killed = tokio::time::timeout(Duration::from_secs(10), killed).await.expect("callers do not hang");
    assert!(matches!(killed, Err(StoreError::Unavailable(_))), "{killed:?}");
    store.stopped().await;
    assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.create(vec![creation("a")].into()).await, Err(StoreError::Unavailable(_))));
    assert!(store.counts().await.is_ok(), "reading goes on");
}

#[tokio::test]
async fn the_log_starts_again() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    // 40 times 8 MB, different each time: SQLite writes no page that stays as it is.
    for round in 0..40 {
        let filler = format!("{round:04000}");
        let write = move |batch: &mut Batch<'_>| {
            for i in 0..2_000 {
                let sql = "INSERT INTO drivers (id, name, status) VALUES (?1, ?2, 'offline')
                           ON CONFLICT DO UPDATE SET name = excluded.name";
                batch.execute(sql, (format!("driver-{i}"), &filler))?;
            }
            Ok(())
        };
        store.write(Durability::Relaxed, write).await.unwrap();
    }
    let log = std::fs::metadata(folder.path().join("tropa.db-wal")).unwrap().len() >> 20;
    assert!(log < 210, "{log} MiB of log after 320 MiB of changes");
}
