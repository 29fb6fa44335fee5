use tropa_dispatch::testing;

use super::{Options, fresh, fresh_with};

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
    let alone = async || fresh_with(|options| Options { group_commit: false, ..options });
    testing::order_store::suite(alone).await;
    testing::outbox::suite(alone).await;
}
