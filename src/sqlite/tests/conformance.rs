use tempfile::TempDir;
use tropa_dispatch::testing;

use super::{Options, SqliteStore, fresh, options_in};

#[tokio::test]
async fn order_store() {
    testing::order_store::suite(async || fresh()).await;
}

#[tokio::test]
async fn outbox() {
    testing::outbox::suite(async || fresh()).await;
}

#[tokio::test]
async fn dead_letters() {
    testing::dead_letters::suite(async || fresh()).await;
}

#[tokio::test]
async fn driver_store() {
    testing::driver_store::suite(async || fresh()).await;
}

#[tokio::test]
async fn silence() {
    testing::silence::suite(async || fresh()).await;
}

#[tokio::test]
async fn without_group_commit() {
    let alone = async || {
        let options = options_in(&TempDir::new().unwrap());
        SqliteStore::open(Options { group_commit: false, ..options }).unwrap()
    };
    testing::order_store::suite(alone).await;
    testing::outbox::suite(alone).await;
}
