//! An order that has ended has no driver, whichever instance is asked, and however late anybody hears of it.

use http_body_util::Full;
use serde_json::{Value, json};

use crate::harness::Tropa;
use crate::place::{PICKUP, Place, accepted, dispatched};

async fn driver(by: &Tropa, id: &str) -> Value {
    by.get(&format!("/api/v1/drivers/{id}")).await.unwrap().json()
}

/// Who drives for a new order.
async fn given(by: &Tropa, order: &str) -> String {
    accepted(by, order).await;
    dispatched(by, order).await["driver"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_whose_order_has_ended_has_none() {
    let place = Place::new().await;
    let a = place.process("a", "intake,relay,worker,fleet").start().await;
    let b = place.process("b", "intake,fleet").start().await;
    for name in ["d-0", "d-1"] {
        a.enter_driver(name, PICKUP.0, PICKUP.1).await;
    }
    let (first, second) = (given(&a, "o-1").await, given(&b, "o-2").await);
    // Nobody is left who hears of an order's end.
    drop(a);
    assert_eq!(driver(&b, &first).await["order_id"], "o-1");
    assert_eq!(b.post("/api/v1/orders/o-1/deliver", &json!({})).await.unwrap().status, 200);
    let view = driver(&b, &first).await;
    assert_eq!((&view["order_id"], &view["assignable"]), (&json!(null), &json!(true)));
    assert_eq!(b.post("/api/v1/orders/o-2/cancel", &json!({})).await.unwrap().status, 200);
    let uri = format!("{}/api/v1/drivers/{second}", b.url());
    let gone = b.send(http::Request::delete(uri).body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(gone.status, 204, "{gone:?}");
}
