//! What shops export, standalone.

use crate::harness::Tropa;

#[path = "../shops/shops.rs"]
mod orders;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_shops_export_is_taken() {
    let data = tempfile::tempdir().unwrap();
    orders::are_taken(&Tropa::start(data.path()).await).await;
}
