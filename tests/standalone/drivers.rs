//! The registry of drivers: what it restores, keeps, refuses and tells.

mod positions;
pub mod stage;
mod sweeping;

use std::time::Duration;

use time::OffsetDateTime;
use tropa_dispatch::domain::*;
use tropa_dispatch::drivers::*;
use tropa_dispatch::port::*;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_supervision::ChaosCommand;

use stage::{Shelf, Stage, until};

fn id(driver: &str) -> DriverId {
    driver.parse().unwrap()
}

fn assignment(driver: &str, order: &str) -> Assignment {
    Assignment { driver_id: id(driver), order_id: order.parse().unwrap(), token: ClaimToken::fresh() }
}

fn put(driver: &str, status: DriverStatus) -> PutDriver {
    PutDriver { id: id(driver), name: format!("{driver} the driver"), status }
}

fn report(lat: f64) -> Report {
    Report::of(at(lat, 1.0))
}

fn since(ago: Duration) -> Position {
    Position::new(at(0.0, 0.0), OffsetDateTime::now_utc() - ago)
}

fn search(order: &str) -> SearchRequest {
    let order_id = order.parse().unwrap();
    SearchRequest {
        order_id,
        pickup: at(0.0, 0.0),
        radius_m: 5_000.0,
        excluded: Vec::new(),
        driver: None,
        wait: None,
    }
}

fn with_examples() -> Settings {
    Settings { example_drivers: true, ..Settings::default() }
}

#[test]
fn it_restores_drivers_and_who_has_which_order() {
    let shelf = Shelf::with((0..2_500).map(|n| driver(&format!("d{n:04}"), at(0.0, 0.0))));
    *shelf.assignments.lock().unwrap() =
        (0..2_499).map(|n| assignment(&format!("d{n:04}"), &format!("o{n}"))).collect();
    let stage = Stage::restored(shelf);
    stage.play(async {
        let all = DriverFilter { limit: 5_000, ..DriverFilter::default() };
        assert_eq!(stage.registry.ask(ListDrivers(all)).await.unwrap().unwrap().len(), 2_500);
        assert_eq!(stage.get("d0007").await.order_id, Some("o7".parse().unwrap()));
        let claim = stage.registry.ask(SearchDriver(search("new"))).await.unwrap().unwrap();
        assert_eq!(claim.unwrap().driver_id, id("d2499"), "the only one without an order");
    });
}

#[test]
fn an_order_that_ends_while_it_restores_frees_its_driver() {
    let shelf = Shelf::with([driver("a", at(0.0, 0.0)), driver("b", at(0.0, 0.0))]);
    *shelf.assignments.lock().unwrap() = vec![assignment("a", "over"), assignment("b", "runs")];
    shelf.ended.lock().unwrap().insert("over".parse().unwrap());
    let stage = Stage::restored(shelf);
    stage.play(async {
        assert_eq!(stage.get("a").await.order_id, None);
        assert_eq!(stage.get("b").await.order_id, Some("runs".parse().unwrap()));
    });
}

#[test]
fn without_its_store_it_lives_on_and_says_so() {
    let shelf = Shelf::with([driver("a", at(0.0, 0.0))]);
    shelf.set_down(true);
    let stage = Stage::new(shelf, Settings::default());
    stage.play(async {
        until(|| stage.status().condition.is_some_and(|text| text.contains("not restored"))).await;
        let ask = stage.registry.ask(GetDriver(id("a"))).await.unwrap();
        assert_eq!(ask, Err(DriverError::Restoring), "unknown is not known yet");
        let report = ReportPositions(vec![(id("a"), report(0.0))]);
        assert_eq!(stage.registry.ask(report).await.unwrap(), Err(DriverError::Restoring));
        let refused = stage.registry.ask(put("b", DriverStatus::Available)).await.unwrap();
        assert!(matches!(refused, Err(DriverError::Store(_))), "{refused:?}");
        stage.shelf.set_down(false);
        stage.restoration().await;
        assert_eq!(stage.get("a").await.name, "a's name");
        assert_eq!(stage.registry.ask(GetDriver(id("b"))).await.unwrap(), Err(DriverError::Unknown(id("b"))));
    });
    let status = stage.status();
    assert_eq!((status.epoch, status.condition), (1, None), "a state, no crash");
}

#[test]
fn a_killed_registry_restores_again() {
    let shelf = Shelf::with([driver("a", at(0.0, 0.0))]);
    *shelf.assignments.lock().unwrap() = vec![assignment("a", "o1")];
    let stage = Stage::restored(shelf);
    stage.play(async {
        // Something only the store knows: a restoration is what brings it.
        let late = driver("late", at(0.0, 0.0));
        stage.shelf.drivers.lock().unwrap().insert(late.id.clone(), late);
        stage.system.command("/top/drivers", None, ChaosCommand::Kill, "a test").unwrap();
        stage.restoration().await;
        assert_eq!(stage.status().epoch, 2);
        assert_eq!(stage.get("late").await.order_id, None);
        assert_eq!(stage.get("a").await.order_id, Some("o1".parse().unwrap()));
    });
}

#[test]
fn a_put_is_stored_before_it_is_answered() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let first = stage.registry.ask(put("a", DriverStatus::Offline)).await.unwrap().unwrap();
        assert!(first.created && stage.shelf.drivers.lock().unwrap().contains_key(&id("a")));
        let again = stage.registry.ask(put("a", DriverStatus::Available)).await.unwrap().unwrap();
        assert_eq!((again.created, again.driver.status), (false, DriverStatus::Available));

        stage.shelf.set_down(true);
        let refused = stage.registry.ask(put("a", DriverStatus::Offline)).await.unwrap();
        assert!(matches!(refused, Err(DriverError::Store(_))), "{refused:?}");
        assert_eq!(
            stage.get("a").await.status,
            DriverStatus::Available,
            "the index promises nothing unstored"
        );
    });
}

#[test]
fn names_are_for_people() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        for bad in ["", "  ", "a\nb", &"x".repeat(101)] {
            let message = PutDriver { name: bad.to_owned(), ..put("a", DriverStatus::Available) };
            let refused = stage.registry.ask(message).await.unwrap();
            assert!(
                matches!(&refused, Err(DriverError::Refused(why)) if why.starts_with("name ")),
                "{refused:?}"
            );
        }
        let longest = PutDriver { name: "ç".repeat(100), ..put("a", DriverStatus::Available) };
        assert!(stage.registry.ask(longest).await.unwrap().is_ok());
    });
}

#[test]
fn a_slow_store_keeps_nobody_from_reading() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let slow = stage.shelf.gate.write().await;
        let put = stage.registry.try_ask(put("b", DriverStatus::Available)).unwrap();
        assert_eq!(stage.get("a").await.name, "a's name");
        let claim = stage.registry.ask(SearchDriver(search("o1"))).await.unwrap().unwrap();
        assert!(claim.is_some());
        drop(slow);
        assert!(put.await.unwrap().unwrap().created);
    });
}

#[test]
fn who_has_an_order_cannot_be_removed() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0)), driver("b", at(0.0, 0.0))]));
    let remove = async |who: &str| stage.registry.ask(RemoveDriver(id(who))).await.unwrap();
    stage.play(async {
        let named = SearchRequest { driver: Some(id("a")), ..search("o1") };
        let claim = stage.registry.ask(SearchDriver(named)).await.unwrap().unwrap().unwrap();
        let held = DriverError::Held { driver: id("a"), order: "o1".parse().unwrap() };
        assert_eq!(remove("a").await, Err(held));
        let release =
            Release { driver_id: claim.driver_id, order_id: "o1".parse().unwrap(), token: claim.token };
        assert_eq!(stage.registry.ask(ReleaseDriver(release)).await.unwrap(), Ok(true));
        assert_eq!(remove("a").await, Ok(()));
        assert_eq!(remove("a").await, Err(DriverError::Unknown(id("a"))));
        assert!(!stage.shelf.drivers.lock().unwrap().contains_key(&id("a")));

        stage.shelf.set_down(true);
        assert!(matches!(remove("b").await, Err(DriverError::Store(_))));
        assert_eq!(stage.get("b").await.name, "b's name", "not removed, not forgotten");
    });
}

#[test]
fn a_search_claims_and_a_release_frees() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let nonsense = SearchRequest { radius_m: -1.0, ..search("o1") };
        let refused = stage.registry.ask(SearchDriver(nonsense)).await.unwrap();
        assert!(matches!(refused, Err(DriverError::Refused(_))), "{refused:?}");
        let claim = stage.registry.ask(SearchDriver(search("o1"))).await.unwrap().unwrap().unwrap();
        assert_eq!(stage.registry.ask(SearchDriver(search("o2"))).await.unwrap(), Ok(None));
        let held =
            Release { driver_id: claim.driver_id, order_id: "o1".parse().unwrap(), token: claim.token };
        let wrong = Release { token: ClaimToken::fresh(), ..held.clone() };
        assert_eq!(stage.registry.ask(ReleaseDriver(wrong)).await.unwrap(), Ok(false));
        assert_eq!(stage.registry.ask(ReleaseDriver(held)).await.unwrap(), Ok(true));
        assert_eq!(stage.index.expired(10).await, Ok(vec![]));
    });
}

#[test]
fn the_first_run_has_two_example_drivers() {
    let stage = Stage::new(Shelf::default(), with_examples());
    stage.play(async {
        stage.restoration().await;
        let (joao, maria) = (stage.get("Joao-da-Silva").await, stage.get("Maria-Longe").await);
        assert_eq!(joao.position.unwrap().point, at(-23.55, -46.63));
        assert_eq!(maria.position.unwrap().point, at(-23.60, -46.70));
        assert_eq!(stage.shelf.drivers.lock().unwrap().len(), 2, "stored");
    });
    let fleet = Stage::new(Shelf::with([driver("a", at(0.0, 0.0))]), with_examples());
    fleet.play(fleet.restoration());
    assert_eq!(fleet.shelf.drivers.lock().unwrap().len(), 1, "who has drivers gets none");
    let production = Stage::restored(Shelf::default());
    assert!(production.shelf.drivers.lock().unwrap().is_empty());
}

#[test]
fn the_examples_drive_hours_later_too() {
    let old = since(Duration::from_hours(3));
    let long_silent = |id: &str| Driver { position: Some(old), ..driver(id, at(0.0, 0.0)) };
    let fresh = driver("Maria-Longe", at(1.0, 1.0));
    let since = fresh.position;
    let stage =
        Stage::new(Shelf::with([long_silent("Joao-da-Silva"), fresh, long_silent("real")]), with_examples());
    stage.play(async {
        let claim = loop {
            // A moment after the restoration, which nobody announces.
            if let Some(claim) = stage.registry.ask(SearchDriver(search("o1"))).await.unwrap().unwrap() {
                break claim;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(claim.driver_id, id("Joao-da-Silva"), "kept alive");
        until(|| stage.shelf.position("Joao-da-Silva").unwrap().heard_at > old.heard_at).await;
        assert_eq!(stage.get("real").await.position, Some(old), "nobody else is");
        assert_eq!(stage.get("Maria-Longe").await.position, since, "who reports is left alone");
    });
}
