//! What a [`DriverStore`] must do.

use std::sync::LazyLock;

use time::{Duration, OffsetDateTime};

use super::{
    sample::now,
    words::{Words, folded},
};
use crate::{
    domain::{Driver, DriverStatus, GeoPoint, OrderId, Position},
    port::DriverStore,
};

/// Runs every case, each on a fresh store.
pub async fn suite<S: DriverStore>(fresh: impl AsyncFn() -> S) {
    a_driver_is_kept_whole(&fresh().await).await;
    saving_again_keeps_the_position(&fresh().await).await;
    the_newest_position_stays(&fresh().await).await;
    of_one_time_the_last_received_stays(&fresh().await).await;
    a_wrong_clock_is_outlived(&fresh().await).await;
    what_comes_late_is_a_sign_of_life(&fresh().await).await;
    positions_go_by_the_one_rule(&fresh().await).await;
    a_deleted_driver_is_gone(&fresh().await).await;
    pages_follow_each_other(&fresh().await).await;
}

/// When the suite began, to the second.
static BEGUN: LazyLock<OffsetDateTime> = LazyLock::new(|| now().replace_nanosecond(0).unwrap());

fn at(lng: f64, seconds: i64) -> Position {
    let at = *BEGUN + Duration::seconds(seconds);
    Position { heading: Some(90.5), ..Position::new(GeoPoint::new(-23.55, lng).unwrap(), at) }
}

fn driver(id: &str, position: Option<Position>) -> Driver {
    let status = DriverStatus::Available;
    Driver {
        id: id.parse().unwrap(),
        name: format!("{id} da Silva"),
        status,
        position,
        order_id: None,
        silent: false,
    }
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

async fn of_one_time_the_last_received_stays(store: &impl DriverStore) {
    store.save(vec![driver("a", None)]).await.unwrap();
    let id = || "a".parse().unwrap();
    let heard = |lng, after| at(lng, 0).heard(at(lng, after).at);
    let moved = async |positions: Vec<Position>| {
        store.save_positions(positions.into_iter().map(|position| (id(), position)).collect()).await.unwrap();
        all(store).await[0].position.unwrap()
    };
    assert_eq!(
        moved(vec![heard(-46.1, 1), heard(-46.2, 1)]).await,
        heard(-46.2, 1),
        "of those that came at once"
    );
    assert_eq!(moved(vec![heard(-46.3, 1)]).await, heard(-46.3, 1), "and of those that came one by one");
    assert_eq!(moved(vec![heard(-46.4, 2)]).await, heard(-46.4, 2));
    assert_eq!(moved(vec![heard(-46.5, 1)]).await, heard(-46.4, 2), "but it was heard before");
    let told = driver("a", Some(heard(-46.6, 1)));
    store.save(vec![told]).await.unwrap();
    assert_eq!(all(store).await[0].position, Some(heard(-46.4, 2)), "saving a driver is no way round");
}

async fn a_wrong_clock_is_outlived(store: &impl DriverStore) {
    let hour = 3_600;
    // Of a server that was ahead; and of a device whose clock was set back.
    store.save(vec![driver("a", Some(at(-46.1, hour))), driver("b", Some(at(-46.1, 0)))]).await.unwrap();
    let set_back = |after| at(-46.3, -hour).heard(at(-46.3, after).at);
    let save = async |after| {
        let ids = ["a", "b"].map(|id| id.parse().unwrap());
        store
            .save_positions(ids.into_iter().zip([at(-46.2, after), set_back(after)]).collect())
            .await
            .unwrap();
        let drivers = all(store).await;
        [0, 1].map(|n: usize| drivers[n].position.unwrap())
    };
    let straggled = Position { heard_at: at(0.0, 1).at, ..at(-46.1, 0) };
    assert_eq!(save(1).await, [at(-46.2, 1), straggled], "it may be a straggler, and is a sign of life");
    assert_eq!(save(31).await, [at(-46.2, 31), set_back(31)]);
}

async fn what_comes_late_is_a_sign_of_life(store: &impl DriverStore) {
    store.save(vec![driver("a", Some(at(-46.1, 0)))]).await.unwrap();
    let id = || "a".parse().unwrap();
    let known = async || all(store).await[0].position.unwrap();
    let late = |after| at(-46.2, after - 25).heard(at(0.0, after).at);
    let heard = |after| Position { heard_at: at(0.0, after).at, ..at(-46.1, 0) };
    store.save_positions(vec![(id(), late(10))]).await.unwrap();
    assert_eq!(known().await, heard(10), "heard, and not moved");
    store.save_positions(vec![(id(), late(20)), (id(), late(15))]).await.unwrap();
    assert_eq!(known().await, heard(20), "of those that came at once the last");
    store.save(vec![driver("a", Some(late(15)))]).await.unwrap();
    assert_eq!(known().await, heard(20), "nobody was heard of earlier than was known");
    store.save(vec![driver("a", Some(late(22)))]).await.unwrap();
    assert_eq!(known().await, heard(22), "saving a driver is hearing them, too");
    store.save_positions(vec![(id(), at(-46.3, 23))]).await.unwrap();
    assert_eq!(known().await, at(-46.3, 23), "and the next one moves them");
}

async fn positions_go_by_the_one_rule(store: &impl DriverStore) {
    for seed in 0..40 {
        let (id, mut words) = (format!("d{seed}"), Words::until(*BEGUN, seed));
        store.save(vec![driver(&id, None)]).await.unwrap();
        let mut expected = None;
        for turn in 0..12 {
            let said = words.some();
            let before = expected;
            expected = folded(before, &said);
            if turn % 2 == 0 {
                let all = said.iter().map(|word| (id.parse().unwrap(), *word)).collect();
                store.save_positions(all).await.unwrap();
            } else {
                store.save(said.iter().map(|word| driver(&id, Some(*word))).collect()).await.unwrap();
            }
            let stored = store.load(None, 100).await.unwrap().into_iter().find(|d| d.id.as_str() == id);
            let stored = stored.unwrap().position;
            assert_eq!(stored, expected, "driver {seed}, turn {turn}: {before:?} heard {said:#?}");
        }
    }
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
