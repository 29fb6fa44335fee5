//! The port's suite, and random play against a model that is too simple to be wrong.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::OffsetDateTime;
use tropa_contract::domain::{DriverStatus, GeoPoint, OrderId};
use tropa_contract::port::SystemClock;

use super::*;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn keeps_the_port() {
    let make = async || EmbeddedDriverIndex::new(Arc::new(SystemClock), MINUTE);
    tropa_contract::testing::driver_index::conforms(make).await;
}

#[derive(Clone, Debug)]
enum Step {
    Put { driver: usize, available: bool, at: Option<GeoPoint> },
    Report { driver: usize, at: GeoPoint },
    Remove { driver: usize },
    Claim { order: usize, near: GeoPoint, radius_m: f64, named: Option<usize>, max_age_s: u64 },
    Release { order: usize },
    Confirm { driver: usize, order: usize },
    Wait { seconds: u64 },
}

fn points() -> impl Strategy<Value = GeoPoint> {
    // Crowded places, among them both edges of the map, and the whole earth.
    let crowded =
        prop_oneof![Just((0.0, 179.99)), Just((0.0, -179.99)), Just((89.99, 0.0)), Just((-23.5, -46.6))];
    let crowded = (crowded, -0.01..0.01, -0.01..0.01).prop_map(|((lat, lng), dy, dx)| (lat + dy, lng + dx));
    prop_oneof![3 => crowded, 1 => (-90.0..=90.0, -180.0..=180.0)].prop_map(|(lat, lng): (f64, f64)| {
        GeoPoint::new(lat.clamp(-90.0, 90.0), lng.clamp(-180.0, 180.0)).unwrap()
    })
}

/// Most orders come from the same few places.
fn pickups() -> impl Strategy<Value = GeoPoint> {
    let shops = prop_oneof![Just((0.0, 180.0)), Just((-23.5, -46.6)), Just((-23.503, -46.6))];
    prop_oneof![3 => shops.prop_map(|(lat, lng)| GeoPoint::new(lat, lng).unwrap()), 1 => points()]
}

fn steps() -> impl Strategy<Value = Step> {
    let (driver, order) = (0..12_usize, 0..16_usize);
    let radius = prop_oneof![Just(500.0), Just(5_000.0), Just(200_000.0), Just(30_000_000.0)];
    prop_oneof![
        3 => (driver.clone(), prop::bool::weighted(0.8), prop::option::of(points()))
            .prop_map(|(driver, available, at)| Step::Put { driver, available, at }),
        6 => (driver.clone(), points()).prop_map(|(driver, at)| Step::Report { driver, at }),
        1 => driver.clone().prop_map(|driver| Step::Remove { driver }),
        8 => (order.clone(), pickups(), radius, prop::option::weighted(0.1, driver.clone()), prop_oneof![Just(20), Just(60), Just(90)])
            .prop_map(|(order, near, radius_m, named, max_age_s)| Step::Claim { order, near, radius_m, named, max_age_s }),
        4 => order.clone().prop_map(|order| Step::Release { order }),
        1 => (driver, order).prop_map(|(driver, order)| Step::Confirm { driver, order }),
        2 => (0..50_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// Everything in plain maps, every question a walk over all of them.
#[derive(Default)]
struct Model {
    drivers: BTreeMap<usize, (bool, Option<Position>)>,
    /// Order to driver and token.
    held: BTreeMap<usize, (usize, Assignment)>,
}

impl Model {
    fn free(&self, driver: usize) -> bool {
        self.drivers.get(&driver).is_some_and(|(available, _)| *available)
            && self.held.values().all(|(held, _)| *held != driver)
    }

    fn nearest(&self, near: GeoPoint, radius_m: f64, max_age: Duration, now: OffsetDateTime) -> Option<f64> {
        let fresh = |position: &Position| now - position.at <= max_age;
        let distances =
            self.drivers.iter().filter(|(driver, _)| self.free(**driver)).filter_map(|(_, (_, at))| {
                at.filter(fresh).map(|position| near.distance_m(position.point)).filter(|d| *d <= radius_m)
            });
        distances.min_by(f64::total_cmp)
    }
}

fn id(driver: usize) -> DriverId {
    format!("d{driver}").parse().unwrap()
}

fn order(order: usize) -> OrderId {
    format!("o{order}").parse().unwrap()
}

fn play(steps: Vec<Step>) -> Result<(), TestCaseError> {
    // Lists so short that they end, overflow and are made again.
    let mut roster = Roster::listing(3, MINUTE);
    let mut model = Model::default();
    let mut now = Now { wall: OffsetDateTime::UNIX_EPOCH, steady: Instant::now() };
    for step in steps {
        // Time goes by with every step, so that no two positions are equally old.
        now.wall += Duration::from_millis(1);
        let here = |point| Position::new(point, now.wall);
        match step {
            Step::Put { driver, available, at } => {
                let position = at.map(here);
                let status = if available { DriverStatus::Available } else { DriverStatus::Offline };
                roster.put(
                    Driver {
                        id: id(driver),
                        name: "n".into(),
                        status,
                        position,
                        order_id: None,
                        silent: false,
                    },
                    now,
                );
                let known = model.drivers.entry(driver).or_default();
                *known = (available, position.or(known.1));
            }
            Step::Report { driver, at } => {
                let accepted = roster.report(&id(driver), here(at), now).is_some();
                prop_assert_eq!(accepted, model.drivers.contains_key(&driver));
                model.drivers.entry(driver).and_modify(|known| known.1 = Some(here(at)));
            }
            Step::Remove { driver } => {
                let held = model.held.values().any(|(held, _)| *held == driver);
                let expected = !held && model.drivers.remove(&driver).is_some();
                prop_assert_eq!(roster.remove(&id(driver)), expected);
            }
            Step::Claim { order: number, near, radius_m, named, max_age_s } => {
                let max_age = Duration::from_secs(max_age_s);
                let request = ClaimRequest {
                    order_id: order(number),
                    pickup: near,
                    radius_m,
                    excluded: Vec::new(),
                    driver: named.map(id),
                    max_age,
                    lease: MINUTE,
                    wait: None,
                };
                let claim = roster.claim(&request, now);
                if let Some((driver, assignment)) = model.held.get(&number) {
                    let claim = claim.expect("the claim it has");
                    prop_assert_eq!((claim.driver_id, claim.token), (id(*driver), assignment.token.clone()));
                    continue;
                }
                if let Some(named) = named {
                    prop_assert_eq!(claim.is_some(), model.free(named));
                } else {
                    let expected = model.nearest(near, radius_m, max_age, now.wall);
                    let got = claim.as_ref().map(|claim| claim.distance_m);
                    // Two who stand on the same spot are equally near; a millimetre is rounding.
                    let same = expected.zip(got).is_some_and(|(a, b)| (a - b).abs() < 1e-3);
                    prop_assert!(same || expected == got, "expected {:?} m, got {:?} m", expected, got);
                }
                if let Some(claim) = claim {
                    let driver = claim.driver_id.as_str()[1..].parse().unwrap();
                    prop_assert!(model.free(driver), "two orders on one driver");
                    let held = Assignment {
                        driver_id: claim.driver_id,
                        order_id: order(number),
                        token: claim.token,
                    };
                    model.held.insert(number, (driver, held));
                }
            }
            Step::Release { order: number } => {
                if let Some((_, held)) = model.held.remove(&number) {
                    prop_assert!(roster.release(&held, now));
                    prop_assert!(!roster.release(&held, now));
                }
            }
            Step::Confirm { driver, order: number } => {
                let token = tropa_contract::domain::ClaimToken::fresh();
                let held = Assignment { driver_id: id(driver), order_id: order(number), token };
                roster.confirm(&held, now);
                model.held.retain(|_, (other, _)| *other != driver);
                model.held.insert(number, (driver, held));
            }
            Step::Wait { seconds } => now.wall += Duration::from_secs(seconds),
        }
        prop_assert_eq!(roster.claimed(), model.held.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn agrees_with_the_model(steps in prop::collection::vec(steps(), 1..120)) {
        play(steps)?;
    }
}

/// A crowd in which almost everyone has an order, or fell silent: what is left in the tree is what a search looks at.
#[test]
fn neither_the_busy_nor_the_silent_stand_in_the_way() {
    let point = |n: u32| GeoPoint::new(-23.0 - f64::from(n) * 1e-6, -46.0).unwrap();
    let mut roster = Roster::new(MINUTE);
    let mut now = Now { wall: OffsetDateTime::UNIX_EPOCH, steady: Instant::now() };
    let driver = |n: u32, at| Driver {
        id: format!("d{n:05}").parse().unwrap(),
        name: "n".into(),
        status: DriverStatus::Available,
        position: Some(Position::new(point(n), at)),
        order_id: None,
        silent: false,
    };
    (0..3_000).for_each(|n| roster.put(driver(n, now.wall), now));
    let request = |n: u32| ClaimRequest {
        order_id: format!("o{n}").parse().unwrap(),
        pickup: point(0),
        radius_m: 200_000.0,
        excluded: Vec::new(),
        driver: None,
        max_age: MINUTE,
        lease: MINUTE,
        wait: None,
    };
    for n in 0..1_000 {
        let claim = roster.claim(&request(n), now).unwrap();
        assert_eq!(claim.driver_id.as_str(), format!("d{n:05}"), "the nearest of those left");
    }
    assert_eq!(roster.searchable(), 2_000, "who has an order left the tree");
    now.wall += MINUTE * 2;
    roster.put(driver(2_999, now.wall), now);
    assert_eq!(
        roster.claim(&request(1_000), now).unwrap().driver_id.as_str(),
        "d02999",
        "the only one awake"
    );
    assert_eq!(roster.searchable(), 0, "who is silent left the tree when the search met them");
}
