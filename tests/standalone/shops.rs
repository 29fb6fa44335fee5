//! What shops export, standalone.

use tropa_test_support::shops;

use crate::harness::Tropa;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_shops_export_is_taken() {
    let data = tempfile::tempdir().unwrap();
    shops::are_taken(&Tropa::start(data.path()).await).await;
}
