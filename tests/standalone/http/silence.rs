//! A driver who has an order and is not heard of.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use time::OffsetDateTime;
use tropa_dispatch::domain::{GeoPoint, Position};
use tropa_dispatch::port::DriverStore;
use tropa_dispatch::settings::Settings;

use super::api::{Api, PATIENCE, Reply, with_options};
use super::stream::Listener;
use crate::rig;

/// The order, once its driver is as silent as that.
async fn until(api: &Api, silent: bool) -> Reply {
    let begun = Instant::now();
    loop {
        let order = api.get("/api/v1/orders/a").await;
        if order.json()["driver_silent_since"].is_null() != silent {
            return order;
        }
        assert!(begun.elapsed() < PATIENCE, "{order:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn silent(api: &Api) -> Vec<Value> {
    let listed = api.get("/api/v1/orders?driver_silent=true").await.json();
    listed["orders"].as_array().unwrap().iter().map(|order| order["id"].clone()).collect()
}

#[test]
fn an_order_shows_that_its_driver_is_silent() {
    let settings = Settings { driver_max_age: Duration::from_secs(1), ..rig::quick() };
    with_options(
        settings,
        |_| {},
        |api, server| async move {
            api.call("PUT", "/api/v1/drivers/quiet", r#"{"name":"Quiet","status":"available"}"#).await;
            api.create("a").await;
            api.create("b").await;
            let mut listener = Listener::open(&api, "orders", None).await;
            let dispatched = api.post("/api/v1/orders/a/dispatch", r#"{"driver_id":"quiet"}"#).await.json();
            assert_eq!(dispatched["driver_silent_since"], json!(null), "they have a moment to say something");
            let order = until(&api, true).await;
            assert_eq!(order.json()["driver_silent_since"], dispatched["updated_at"], "never heard of");
            assert_eq!(silent(&api).await, ["a"], "and nobody waits for a driver of b");
            // To who listens it is told as it happens, and to who comes later as it is.
            let stepped = listener.until(|e| e.data["event"] == "dispatched").await;
            assert_eq!(stepped.data["order"]["driver_silent_since"], json!(null), "it was not, then");
            let fell = listener.until(|e| e.data["event"] == "driver_silent").await;
            assert_eq!((fell.id.as_str(), &fell.data["order"]), ("", &order.json()), "what GET shows");
            let before = stepped.id.rsplit_once('-').map(|(boot, n)| (boot, n.parse::<u64>().unwrap() - 1));
            let before = before.map(|(boot, n)| format!("{boot}-{n}")).unwrap();
            let mut back = Listener::open(&api, "orders", Some(&before)).await;
            let missed = back.until(|e| e.data["event"] == "dispatched").await;
            assert_eq!(missed.data["order"], order.json(), "a step that was missed, too");
            let mut other = Listener::open(&api, "orders", Some(&stepped.id)).await;
            other.until(|e| e.data["event"] == "driver_silent").await;
            let tag = order.header("etag").to_owned();
            let again = async |tag: &str| {
                let request = api.request("GET", "/api/v1/orders/a").header("if-none-match", tag);
                api.send(request, "").await.status
            };
            assert_eq!(again(&tag).await, 304);
            assert_eq!(again("\"2\"").await, 200, "at the same version something else was said");

            // Heard for the next hour, whatever a test takes.
            let heard = Position::new(
                GeoPoint::new(-23.55, -46.63).unwrap(),
                OffsetDateTime::now_utc() + Duration::from_hours(1),
            );
            api.rig.store.inner.save_positions(vec![("quiet".parse().unwrap(), heard)]).await.unwrap();
            let heard = until(&api, false).await;
            assert_eq!((heard.header("etag"), again(&tag).await), ("\"2\"", 200));
            assert_eq!(silent(&api).await, [json!(null); 0]);
            let back = back.until(|e| e.data["event"] == "driver_heard").await;
            assert_eq!(back.data["order"], heard.json());
            let request = api.request("POST", "/api/v1/orders/a/deliver").header("if-match", tag);
            let delivered = api.send(request.header("content-type", "application/json"), "{}").await;
            assert_eq!(delivered.status, 200, "the version is the same: {delivered:?}");
            assert_eq!(api.get("/api/v1/orders?driver_silent=maybe").await.fields(), ["driver_silent"]);
            server.stop().await;
        },
    );
}
