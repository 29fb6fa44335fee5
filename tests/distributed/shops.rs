//! What shops export, distributed; and it is dispatched.

use tropa_test_support::shops;

use crate::place::{PICKUP, Place, dispatched, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_shops_export_is_taken() {
    let place = Place::new().await;
    let tropa = place.process("shop", "intake,relay,worker,fleet").start().await;
    until(&tropa, "/readyz", |answer| answer.status == 200).await;
    shops::are_taken(&tropa).await;
    // Half a kilogram and three decimals travel through the broker too.
    for driver in 0..6 {
        tropa.enter_driver(&format!("d{driver}"), PICKUP.0, PICKUP.1).await;
    }
    for order in ["wc-727", "kw-1"] {
        dispatched(&tropa, order).await;
    }
}
