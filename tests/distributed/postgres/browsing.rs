//! Reads that people ask for.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tropa_dispatch::{
    port::{Created, DeadLetters, OrderStore},
    testing::sample::creation,
};

use super::{client, number, two_stores};

#[tokio::test]
async fn long_reads_do_not_keep_orders_out() {
    let (store, _, url) = two_stores().await;
    store.check().await.unwrap();
    let (holder, watch) = (client(&url).await, client(&url).await);
    holder.batch_execute("BEGIN; LOCK TABLE dead_letters IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let reads: Vec<_> = (0..40)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.groups().await })
        })
        .collect();
    let stuck = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while number(&watch, stuck).await < 5 {}
    let began = Instant::now();
    assert_eq!(store.create(vec![creation("a")].into()).await.unwrap(), [Created::Stored]);
    assert!(began.elapsed() < Duration::from_secs(1), "at once, not after {:?}", began.elapsed());
    holder.batch_execute("COMMIT").await.unwrap();
    // Whoever did not wait too long is answered.
    let read = join_all(reads).await.into_iter().filter(|read| matches!(read, Ok(Ok(_)))).count();
    assert!(read >= 5, "{read}");
    assert!(store.groups().await.is_ok());
}
