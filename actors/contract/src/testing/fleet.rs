//! What every [`Fleet`] does.

use super::driver_index::{at, driver};
use super::soon;
use crate::domain::{ClaimToken, Driver, DriverStatus, GeoPoint};
use crate::port::{Claim, Fleet, FleetError, Release, SearchRequest};

/// Runs the suite; `make` gives a fleet that has exactly these drivers, each time.
pub async fn conforms<F: Fleet>(make: impl AsyncFn(Vec<Driver>) -> F) {
    let here = at(-23.5505, -46.6333);
    let pair = || vec![driver("near", at(-23.55, -46.63)), driver("far", at(-23.60, -46.70))];
    the_nearest_within_the_radius(&make(pair()).await, here).await;
    the_same_order_gets_the_same_driver(&make(pair()).await, here).await;
    a_released_driver_is_free(&make(pair()).await, here).await;
    what_is_asked_for_is_minded(&make(pair()).await, here).await;
    let off = Driver { status: DriverStatus::Offline, ..driver("off", here) };
    who_cannot_be_had_is_told_why(&make(vec![driver("near", here), off]).await, here).await;
    nonsense_is_refused(&make(pair()).await, here).await;
}

fn ask(order: &str, pickup: GeoPoint, radius_m: f64) -> SearchRequest {
    SearchRequest {
        order_id: order.parse().unwrap(),
        pickup,
        radius_m,
        excluded: Vec::new(),
        driver: None,
        wait: None,
    }
}

async fn search(fleet: &impl Fleet, request: SearchRequest) -> Option<Claim> {
    soon("an answer", fleet.search(request)).await.unwrap()
}

async fn who(fleet: &impl Fleet, request: SearchRequest) -> Option<String> {
    search(fleet, request).await.map(|claim| claim.driver_id.to_string())
}

async fn the_nearest_within_the_radius(fleet: &impl Fleet, here: GeoPoint) {
    let claim = search(fleet, ask("o1", here, 5_000.0)).await.expect("somebody near");
    assert_eq!((claim.driver_id.as_str(), claim.driver_name.as_str()), ("near", "near's name"));
    assert!((claim.distance_m - here.distance_m(at(-23.55, -46.63))).abs() < 1.0, "{} m", claim.distance_m);
    assert_eq!(who(fleet, ask("o2", here, 5_000.0)).await, None, "nobody is an answer, no failure");
    assert_eq!(who(fleet, ask("o2", here, 20_000.0)).await.as_deref(), Some("far"));
}

async fn the_same_order_gets_the_same_driver(fleet: &impl Fleet, here: GeoPoint) {
    let first = search(fleet, ask("o1", here, 20_000.0)).await.unwrap();
    let again = search(fleet, ask("o1", here, 20_000.0)).await.unwrap();
    assert_eq!(again, first);
}

async fn a_released_driver_is_free(fleet: &impl Fleet, here: GeoPoint) {
    let claim = search(fleet, ask("o1", here, 5_000.0)).await.unwrap();
    let held = Release { driver_id: claim.driver_id, order_id: "o1".parse().unwrap(), token: claim.token };
    let stranger = Release { token: ClaimToken::fresh(), ..held.clone() };
    assert_eq!(soon("an answer", fleet.release(stranger)).await, Ok(false), "a wrong token");
    assert_eq!(who(fleet, ask("o2", here, 5_000.0)).await, None, "still held");
    assert_eq!(soon("an answer", fleet.release(held.clone())).await, Ok(true));
    assert_eq!(soon("an answer", fleet.release(held)).await, Ok(false), "a second time");
    assert_eq!(who(fleet, ask("o2", here, 5_000.0)).await.as_deref(), Some("near"));
}

async fn what_is_asked_for_is_minded(fleet: &impl Fleet, here: GeoPoint) {
    let named = |order: &str, who: &str| SearchRequest {
        driver: Some(who.parse().unwrap()),
        ..ask(order, here, 5_000.0)
    };
    assert_eq!(who(fleet, named("o1", "far")).await.as_deref(), Some("far"), "by name, wherever they are");
    let excluded = SearchRequest { excluded: vec!["near".parse().unwrap()], ..ask("o3", here, 20_000.0) };
    assert_eq!(who(fleet, excluded).await, None, "the only one left is excluded");
}

async fn who_cannot_be_had_is_told_why(fleet: &impl Fleet, here: GeoPoint) {
    let named = |order: &str, who: &str| SearchRequest {
        driver: Some(who.parse().unwrap()),
        ..ask(order, here, 5_000.0)
    };
    let why = async |who: &str| match soon("an answer", fleet.search(named("o2", who))).await {
        Err(error @ FleetError::Unfit(_)) if !error.counts() => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(who(fleet, named("o1", "near")).await.as_deref(), Some("near"));
    assert_eq!(why("near").await, "driver near has order o1");
    assert_eq!(why("off").await, "driver off is offline");
    assert_eq!(why("nobody").await, "there is no driver nobody");
    let excluded = SearchRequest { excluded: vec!["near".parse().unwrap()], ..named("o2", "near") };
    assert_eq!(who(fleet, excluded).await, None, "that one was not asked for");
}

async fn nonsense_is_refused(fleet: &impl Fleet, here: GeoPoint) {
    for radius_m in [0.0, -1.0, 1e9, f64::NAN, f64::INFINITY] {
        let answer = soon("an answer", fleet.search(ask("o1", here, radius_m))).await;
        assert!(matches!(answer, Err(FleetError::Refused(_))), "radius {radius_m}: {answer:?}");
        assert!(!answer.unwrap_err().counts(), "a wrong request says nothing about the service");
    }
    assert_eq!(who(fleet, ask("o1", here, 5_000.0)).await.as_deref(), Some("near"), "nobody was taken");
}
