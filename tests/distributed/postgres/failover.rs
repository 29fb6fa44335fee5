//! A primary that becomes read-only under open connections, while its name leads to another by now.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tropa_dispatch::{
    port::{OrderStore, StoreError, SystemClock},
    testing::sample::creation,
};
use tropa_postgres::{Options, PostgresStore};

use super::{client, number, private::PrivateServer, store_on};
use crate::{
    place::{authority, through},
    proxy::Proxy,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Sessions that run, too, take no writes from their next transaction on; or take them again.
async fn take_writes(url: &str, take: bool) {
    let client = client(url).await;
    let read_only = if take { "off" } else { "on" };
    client
        .batch_execute(&format!("ALTER SYSTEM SET default_transaction_read_only = {read_only}"))
        .await
        .unwrap();
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    until("the setting is read", async || {
        let told = client.query_one("SHOW default_transaction_read_only", &[]).await.unwrap();
        (told.get::<_, String>(0) == read_only).then_some(())
    })
    .await;
}

async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn refused(outcome: &Result<(), StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_takes_no_writes_any_more_is_left_for_its_successor() {
    let (old, new) = (PrivateServer::new(), PrivateServer::new());
    tokio::task::block_in_place(|| {
        old.start("");
        new.start("");
    });
    let proxy = Proxy::to(authority(&old.url())).await;
    let store = store_on(&through(&old.url(), proxy.address()));
    store.check().await.unwrap();
    let successor = store_on(&new.url());
    successor.create(vec![creation("a")].into()).await.unwrap();
    let ours = || vec!["a".parse().unwrap()];
    // Several connections, of both kinds, and the one that listens.
    for loaded in join_all((0..8).map(|_| store.load(ours()))).await {
        assert_eq!(loaded.unwrap(), [None]);
    }
    let watcher = client(&old.url()).await;
    let held = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tropa%'";
    until("it listens", async || (number(&watcher, held).await > 2).then_some(())).await;

    take_writes(&old.url(), false).await;
    proxy.aim(authority(&new.url()));
    refused(&store.check().await);
    until("it works again", async || store.check().await.ok()).await;
    // Whoever only reads is not told that it is the wrong one: nobody may be left there.
    for loaded in join_all((0..50).map(|_| store.load(ours()))).await {
        assert!(loaded.unwrap()[0].is_some(), "the past was read");
    }
    until("all connections are gone from there", async || (number(&watcher, held).await == 0).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_no_server() {
    let server = PrivateServer::new();
    tokio::task::block_in_place(|| server.start(""));
    let store = store_on(&server.url());
    store.check().await.unwrap();
    take_writes(&server.url(), false).await;
    refused(&store.check().await);
    let read = store.load(vec!["a".parse().unwrap()]).await;
    assert!(
        matches!(&read, Err(StoreError::Unavailable(why)) if why.contains("does not allow writes")),
        "{read:?}"
    );
    // Whoever starts now is told, too.
    let options = Options::new(server.url(), std::sync::Arc::new(SystemClock));
    let told = PostgresStore::migrate(&options).await.unwrap_err().to_string();
    assert!(told.contains("does not allow writes"), "{told}");
    let examined = PostgresStore::examine(&options).await;
    assert!(examined.as_ref().is_err_and(|why| why.contains("does not allow writes")), "{examined:?}");
    take_writes(&server.url(), true).await;
    until("it works again", async || store.check().await.ok()).await;
}
