//! The ports' own suites, each case on a database of its own.

use tropa_dispatch::testing;
use tropa_postgres::PostgresStore;

use super::{client, store_on};
use crate::servers::servers;

#[tokio::test]
async fn order_store() {
    testing::order_store::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn outbox() {
    testing::outbox::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn chronicle() {
    let urls = std::sync::Mutex::new(String::new());
    let fresh = async || {
        let url = servers().database().await;
        urls.lock().unwrap().clone_from(&url);
        store_on(&url)
    };
    // The last mark, and what was shown in its five minutes: a clock that was behind has shown both.
    let set_back = async |_: &PostgresStore, by: std::time::Duration| {
        let url = urls.lock().unwrap().clone();
        let by = format!("interval '{} s'", by.as_secs());
        let rewrite = format!(
            "UPDATE clock SET at = at - {by};
             UPDATE clock_history SET earliest = earliest - {by} WHERE slot = (SELECT max(slot) FROM clock_history)"
        );
        client(&url).await.batch_execute(&rewrite).await.unwrap();
    };
    testing::chronicle::suite(fresh, set_back).await;
}

#[tokio::test]
async fn dead_letters() {
    testing::dead_letters::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn audit() {
    testing::audit::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn operations() {
    testing::operations::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn driver_store() {
    testing::driver_store::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn silence() {
    testing::silence::suite(async || store_on(&servers().database().await)).await;
}
