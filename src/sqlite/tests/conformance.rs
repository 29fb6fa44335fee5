use super::fresh;
use crate::sqlite::{Options, SqliteStore};
use std::sync::Arc;
use tropa_dispatch::{port::SystemClock, testing};

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
async fn without_group_commit() {
    let fresh = async || {
        let folder = tempfile::TempDir::new().unwrap();
        let options = Options::new(folder.path().join("tropa.db"), Arc::new(SystemClock));
        SqliteStore::open(Options { group_commit: false, ..options }).unwrap()
    };
    testing::order_store::suite(fresh).await;
    testing::outbox::suite(fresh).await;
}
