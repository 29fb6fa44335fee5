//! Who is near, for people who look: the same in both indexes.

use std::sync::Arc;
use std::time::Duration;

use tropa_dispatch::domain::GeoPoint;
use tropa_dispatch::port::{ClaimRequest, DriverIndex, SystemClock};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_embedded::EmbeddedDriverIndex;
use tropa_redis::RedisDriverIndex;

use super::conformance::connections;

const MINUTE: Duration = Duration::from_mins(1);

async fn ids(index: &dyn DriverIndex, point: GeoPoint, within_m: f64, limit: u32) -> Vec<String> {
    let near = index.near(point, within_m, limit).await.unwrap();
    assert!(near.is_sorted_by(|(_, a), (_, b)| a <= b), "nearest first: {near:?}");
    near.into_iter().map(|(driver, _)| driver.id.to_string()).collect()
}

async fn sees(index: &dyn DriverIndex) {
    let here = at(0.0, 0.0);
    assert_eq!(ids(index, here, 5_000.0, 16).await, [""; 0]);
    let spots = [("a", at(0.0001, 0.0)), ("b", at(0.002, 0.0)), ("c", at(0.0, -0.03)), ("d", at(0.5, 0.5))];
    index.put(spots.map(|(id, spot)| driver(id, spot)).to_vec()).await.unwrap();
    assert_eq!(ids(index, here, 5_000.0, 16).await, ["a", "b", "c"], "d is outside");
    assert_eq!(ids(index, here, 5_000.0, 2).await, ["a", "b"]);
    assert_eq!(ids(index, here, 100.0, 16).await, ["a"]);
    let claim = ClaimRequest {
        order_id: "o".parse().unwrap(),
        pickup: here,
        radius_m: 5_000.0,
        excluded: Vec::new(),
        driver: None,
        max_age: MINUTE,
        lease: MINUTE,
        wait: None,
    };
    assert_eq!(index.claim(claim).await.unwrap().unwrap().driver_id.as_str(), "a");
    assert_eq!(ids(index, here, 5_000.0, 16).await, ["b", "c"], "who has an order cannot be found");
    let pole = at(89.999, 10.0);
    index.put(vec![driver("north", at(89.999, -170.0))]).await.unwrap();
    assert_eq!(ids(index, pole, 5_000.0, 16).await, ["north"], "across the pole");
}

#[tokio::test]
async fn who_is_near_is_seen_alike() {
    sees(&EmbeddedDriverIndex::new(Arc::new(SystemClock), MINUTE)).await;
    sees(&RedisDriverIndex::new(connections(), MINUTE)).await;
}

#[tokio::test]
async fn a_crowd_is_not_sorted_for_it() {
    let index = RedisDriverIndex::new(connections(), MINUTE);
    let crowd = (0..5_000_u32).map(|n| driver(&format!("d-{n}"), at(f64::from(n) * 1e-8, 0.0)));
    index.put(crowd.collect()).await.unwrap();
    let near = ids(&index, at(0.0, 0.0), 5_000.0, 16).await;
    assert_eq!(near.len(), 16, "any of them");
}
