//! The ports' own suites, each case on a database of its own.

use tropa_dispatch::testing;

use super::store_on;
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
async fn dead_letters() {
    testing::dead_letters::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn driver_store() {
    testing::driver_store::suite(async || store_on(&servers().database().await)).await;
}

#[tokio::test]
async fn silence() {
    testing::silence::suite(async || store_on(&servers().database().await)).await;
}
