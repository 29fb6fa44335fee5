//! What a [`DriverStore`] must do.

use time::Duration;

use super::sample::now;
use crate::{
    domain::{Driver, DriverStatus, GeoPoint, OrderId, Position},
    port::DriverStore,
};

/// Runs every case, each on a fresh store.
pub async fn suite<S: DriverStore>(fresh: impl AsyncFn() -> S) {
    a_driver_is_kept_whole(&fresh().await).await;
    saving_again_keeps_the_position(&fresh().await).await;
    the_newest_position_stays(&fresh().await).await;
    a_deleted_driver_is_gone(&fresh().await).await;
    pages_follow_each_other(&fresh().await).await;
}

fn at(lng: f64, seconds: i64) -> Position {
    let point = GeoPoint::new(-23.55, lng).unwrap();
    Position {
        point,
        heading: Some(90.5),
        at: now().replace_nanosecond(0).unwrap() + Duration::seconds(seconds),
    }
}

fn driver(id: &str, position: Option<Position>) -> Driver {
    let status = DriverStatus::Available;
    Driver { id: id.parse().unwrap(), name: format!("{id} da Silva"), status, position, order_id: None }
}

async fn all(store: &impl DriverStore) -> Vec<Driver> {
    store.load(None, 100).await.unwrap()
}

async fn a_driver_is_kept_whole(store: &impl DriverStore) {
    let no_heading = Position { heading: None, ..at(-46.7, 0) };
    let drivers = vec![driver("a", Some(at(-46.6, 0))), driver("b", None), driver("c", Some(no_heading))];
    let held = Driver { order_id: Some("o".parse::<OrderId>().unwrap()), ..drivers[0].clone() };
    store.save(vec![held, drivers[1].clone(), drivers[2].clone()]).await.unwrap();
    assert_eq!(all(store).await, drivers, "but not whose order they hold: that is the assignments' to say");
}

async fn saving_again_keeps_the_position(store: &impl DriverStore) {
    let position = at(-46.6, 0);
    store.save(vec![driver("a", Some(position))]).await.unwrap();
    let renamed = Driver { name: "Ana".to_owned(), status: DriverStatus::Offline, ..driver("a", None) };
    store.save(vec![renamed.clone()]).await.unwrap();
    assert_eq!(all(store).await, [Driver { position: Some(position), ..renamed.clone() }]);
    let moved = Driver { position: Some(Position { heading: None, ..at(-46.7, 1) }), ..renamed };
    store.save(vec![moved.clone()]).await.unwrap();
    assert_eq!(all(store).await, [moved], "one that is given is stored");
}

async fn the_newest_position_stays(store: &impl DriverStore) {
    store.save(vec![driver("a", None)]).await.unwrap();
    let (first, newer) = (at(-46.6, 0), at(-46.7, 5));
    let id = || "a".parse().unwrap();
    store.save_positions(vec![(id(), first), ("nobody".parse().unwrap(), first)]).await.unwrap();
    assert_eq!(all(store).await, [driver("a", Some(first))], "an unknown driver's is dropped");
    store.save_positions(vec![(id(), newer), (id(), first)]).await.unwrap();
    assert_eq!(all(store).await, [driver("a", Some(newer))], "a late report does not move a driver back");
}

async fn a_deleted_driver_is_gone(store: &impl DriverStore) {
    store.save(vec![driver("a", None), driver("b", None)]).await.unwrap();
    assert!(store.delete("a".parse().unwrap()).await.unwrap());
    assert!(!store.delete("a".parse().unwrap()).await.unwrap());
    assert_eq!(all(store).await, [driver("b", None)]);
}

async fn pages_follow_each_other(store: &impl DriverStore) {
    let drivers: Vec<_> = (0..7).map(|i| driver(&format!("d-{i}"), None)).collect();
    store.save(drivers.iter().rev().cloned().collect()).await.unwrap();
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let page = store.load(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        walked.extend(page);
    }
    assert_eq!(walked, drivers);
}
