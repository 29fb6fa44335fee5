//! A database that goes away, and comes back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use tropa_dispatch::{
    domain::{EventId, Order, Status},
    port::{Applied, Created, OrderStore, StoreError},
    testing::sample::{answer, creation, manual},
};

use super::{assert_sound, client, number, private::PrivateServer, store_on};

const PATIENCE: Duration = Duration::from_mins(1);

/// Repeats a write that may be repeated until it is answered; returns how often it was not.
async fn insist<T>(mut write: impl AsyncFnMut() -> Result<T, StoreError>) -> (T, u32) {
    let (began, mut refused) = (Instant::now(), 0);
    loop {
        match write().await {
            Ok(written) => return (written, refused),
            Err(StoreError::Unavailable(why)) => {
                assert!(began.elapsed() < PATIENCE, "it does not come back: {why}");
                refused += 1;
            }
            Err(other) => panic!("a database that is away is unavailable, not: {other}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One writer's life: orders in batches, each with a step, for as long as asked. Returns its orders and how often it was refused.
async fn write(store: &impl OrderStore, name: &str, batches: u32) -> (Vec<Order>, u32) {
    let (mut orders, mut refused) = (Vec::new(), 0);
    for number in 0..batches {
        let batch: Vec<_> = (0..8).map(|i| creation(&format!("{name}-{number}-{i}"))).collect();
        let (created, times) = insist(async || store.create(batch.clone().into()).await).await;
        refused += times;
        assert!(created.iter().all(|c| matches!(c, Created::Stored | Created::Existing(_))), "{created:?}");
        let steps: Vec<_> =
            batch.iter().map(|creation| answer(EventId::fresh(), manual(&creation.order))).collect();
        let (applied, times) = insist(async || store.apply(steps.clone().into()).await).await;
        refused += times;
        assert!(applied.iter().all(|a| matches!(a, Applied::Done | Applied::Duplicate)), "{applied:?}");
        // All or nothing: what was unknown is known now, of the whole batch.
        assert!(
            created
                .windows(2)
                .all(|pair| matches!(pair[0], Created::Stored) == matches!(pair[1], Created::Stored))
        );
        assert!(applied.windows(2).all(|pair| pair[0] == pair[1]), "{applied:?}");
        orders.extend(batch.into_iter().map(|creation| creation.order));
    }
    (orders, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_write_it_loses_nothing_and_halves_nothing() {
    let server = Arc::new(PrivateServer::new());
    server.start("");
    let url = server.url();
    let store = store_on(&url);
    store.check().await.unwrap();
    let killer = async {
        for _ in 0..3 {
            // Three times in the midst of it: after some more orders have come in.
            let before = store.counts().await.map_or(0, |counts| counts[Status::ManualDispatch]);
            insist(async || match store.counts().await?[Status::ManualDispatch] {
                now if now >= before + 150 => Ok(()),
                now => Err(StoreError::Unavailable(format!("{now} orders so far"))),
            })
            .await;
            let server = server.clone();
            let killed = tokio::task::spawn_blocking(move || {
                server.kill();
                server.start("");
            });
            killed.await.unwrap();
        }
    };
    let names: Vec<_> = (0..4).map(|i| format!("w{i}")).collect();
    let writers = join_all(names.iter().map(|name| write(&store, name, 60)));
    let (written, ()) = join(writers, killer).await;
    let refused: u32 = written.iter().map(|(_, refused)| refused).sum();
    assert!(refused > 0, "nobody noticed: inconclusive");
    let orders: Vec<_> = written.into_iter().flat_map(|(orders, _)| orders).collect();
    let stored = store.load(orders.iter().map(|order| order.id.clone()).collect()).await.unwrap();
    assert!(stored.iter().flatten().all(|order| order.version == 2), "each had its one step");
    assert_eq!(stored.iter().flatten().count(), orders.len(), "nothing acknowledged is lost");
    let client = client(&url).await;
    assert_eq!(number(&client, "SELECT count(*) FROM inbox").await, i64::try_from(orders.len()).unwrap());
    assert_sound(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_starts_before_its_database_waits_for_it() {
    let server = PrivateServer::new();
    server.start("");
    let url = server.url();
    server.kill();
    let store = store_on(&url);
    let away = store.check().await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    let began = Instant::now();
    let away = store.load(vec!["a".parse().unwrap()]).await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    assert!(began.elapsed() < Duration::from_secs(1), "whoever comes after the first is told at once");
    tokio::task::block_in_place(|| server.start(""));
    insist(async || store.check().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_waited_for_ten_seconds_at_most() {
    let server = PrivateServer::new();
    server.start("");
    let store = store_on(&server.url());
    store.check().await.unwrap();
    server.signal("STOP");
    let began = Instant::now();
    let (one, other) = tokio::join!(store.check(), store.create(vec![creation("a")].into()));
    assert!(matches!(one, Err(StoreError::Unavailable(_))), "{one:?}");
    assert!(matches!(other, Err(StoreError::Unavailable(_))), "{other:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    server.signal("CONT");
    insist(async || store.check().await).await;
    let (created, _) = insist(async || store.create(vec![creation("a")].into()).await).await;
    assert!(
        matches!(created[..], [Created::Stored | Created::Existing(_)]),
        "repeated without harm: {created:?}"
    );
}
