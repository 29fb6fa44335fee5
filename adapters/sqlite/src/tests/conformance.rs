use tropa_contract::testing;

use super::{Options, fresh, fresh_with};
use crate::SqliteStore;

#[tokio::test]
async fn order_store() {
    testing::order_store::suite(async || fresh()).await;
}

#[tokio::test]
async fn outbox() {
    testing::outbox::suite(async || fresh()).await;
}

#[tokio::test]
async fn chronicle() {
    // The last mark, and what was shown in its five minutes: a clock that was behind has shown both.
    let set_back = async |store: &SqliteStore, by: std::time::Duration| {
        let by = i64::try_from(by.as_micros()).unwrap();
        let rewrite = move |batch: &mut crate::Batch<'_>| {
            batch.execute("UPDATE clock SET at = at - ?1", [by])?;
            let last = "UPDATE clock_history SET earliest = earliest - ?1 WHERE slot = (SELECT max(slot) FROM clock_history)";
            batch.execute(last, [by])
        };
        store.write(crate::writer::Durability::Relaxed, rewrite).await.unwrap();
    };
    testing::chronicle::suite(async || fresh(), set_back).await;
}

#[tokio::test]
async fn dead_letters() {
    testing::dead_letters::suite(async || fresh()).await;
}

#[tokio::test]
async fn audit() {
    testing::audit::suite(async || fresh()).await;
}

#[tokio::test]
async fn operations() {
    testing::operations::suite(async || fresh()).await;
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
    let alone = async || fresh_with(|options| Options { group_commit: false, ..options });
    testing::order_store::suite(alone).await;
    testing::outbox::suite(alone).await;
}
