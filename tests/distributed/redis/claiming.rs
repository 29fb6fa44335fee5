//! Claims: one driver, one order, whoever asks; and what a claim costs.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use ::redis::{Value, cmd};
use time::OffsetDateTime;
use tropa_dispatch::domain::{ClaimToken, Driver, DriverStatus, GeoPoint, Position};
use tropa_dispatch::port::{Assignment, ClaimRequest, DriverIndex};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_redis::{Connections, RedisDriverIndex};

use super::conformance::{connect, connections};
use crate::servers::{RedisPlace, Servers, servers};

const MINUTE: Duration = Duration::from_mins(1);

fn ask(order: &str, pickup: GeoPoint) -> ClaimRequest {
    ClaimRequest {
        order_id: order.parse().unwrap(),
        pickup,
        radius_m: 5_000.0,
        excluded: Vec::new(),
        driver: None,
        max_age: MINUTE,
        lease: MINUTE,
        wait: None,
    }
}

/// Drivers around the origin, within 5 km.
fn crowd(n: u32, name: &str) -> Vec<Driver> {
    let spot = |n: u32| at(f64::from(n % 141) * 0.0002, f64::from(n / 141) * 0.0002);
    (0..n).map(|n| driver(&format!("{name}-{n:05}"), spot(n))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_race_for_a_hundred_drivers() {
    let place = servers().redis();
    let again = || RedisPlace { url: place.url.clone(), prefix: place.prefix.clone() };
    let indexes = [again(), again()].map(|place| RedisDriverIndex::new(connect(place), MINUTE));
    indexes[0].put(crowd(100, "d")).await.unwrap();
    // Every order is asked for twice, once of each index.
    let claims = (0..2_000).map(|n: usize| {
        let (index, order) = (indexes[n % 2].clone(), format!("o{}", n / 2));
        tokio::spawn(async move { (index.claim(ask(&order, at(0.0, 0.0))).await.unwrap(), order) })
    });
    let mut given = HashSet::new();
    for claim in claims.collect::<Vec<_>>() {
        if let (Some(claim), order) = claim.await.unwrap() {
            given.insert((claim.driver_id, order, claim.token));
        }
    }
    assert_eq!(given.len(), 100, "every driver one order, and both calls of an order the same answer");
    assert_eq!(given.iter().map(|(driver, ..)| driver).collect::<HashSet<_>>().len(), 100);
    assert_eq!(given.iter().map(|(_, order, _)| order).collect::<HashSet<_>>().len(), 100);
    assert_eq!(indexes[1].claimed().await, Ok(100));
}

/// Commands that scripts have run, besides the scripts themselves.
async fn commands_run(connections: &Connections) -> u64 {
    let Value::BulkString(info) = connections.ask(cmd("INFO").arg("commandstats")).await.unwrap() else {
        panic!("INFO is a text")
    };
    let calls = |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<u64>().ok();
    let lines = String::from_utf8(info).unwrap();
    lines.lines().filter(|line| !line.starts_with("cmdstat_eval")).filter_map(calls).sum()
}

/// Commands one claim runs inside Redis, and whom it found.
async fn cost(connections: &Connections, index: &RedisDriverIndex, order: &str) -> (u64, Option<String>) {
    let before = commands_run(connections).await;
    let claim = index.claim(ask(order, at(0.0, 0.0))).await.unwrap();
    (commands_run(connections).await - before, claim.map(|claim| claim.driver_id.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_costs_the_same_when_almost_everybody_near_is_taken_or_silent() {
    // Its own server: the count is the server's.
    let own = Servers::start_only("claim-cost", &["redis"]);
    let connections = connect(own.redis());
    let index = RedisDriverIndex::new(connections.clone(), MINUTE);
    index.put(crowd(20, "few")).await.unwrap();
    let (quiet, _) = cost(&connections, &index, "first").await;

    // 18,000 drivers with an order, 2,000 silent for an hour, all of them nearer than the one who is free.
    let mut drivers = crowd(20_000, "busy");
    for silent in &mut drivers[18_000..] {
        let position = silent.position.as_mut().unwrap();
        position.heard_at -= Duration::from_hours(1);
    }
    index.put(drivers.clone()).await.unwrap();
    let assigned = drivers[..18_000].iter().map(assignment).collect();
    index.confirm(assigned).await.unwrap();
    for few in crowd(20, "few") {
        index.put(vec![Driver { status: DriverStatus::Offline, ..few }]).await.unwrap();
    }
    index.put(vec![driver("free", at(0.03, 0.03))]).await.unwrap();
    let (busy, found) = cost(&connections, &index, "second").await;
    assert_eq!(found.as_deref(), Some("free"));
    assert!(busy <= quiet + 12, "{busy} commands among 20,000, {quiet} among 20");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_falls_silent_is_cleared_out_of_the_way_once() {
    let own = Servers::start_only("silence-cost", &["redis"]);
    let connections = connect(own.redis());
    // Heard of 59 s ago by the measure of an index that allows an hour, so they stand in the search.
    let index = RedisDriverIndex::new(connections.clone(), Duration::from_hours(1));
    let mut drivers = crowd(3_000, "d");
    for driver in &mut drivers {
        driver.position.as_mut().unwrap().heard_at -= 2 * MINUTE;
    }
    index.put(drivers).await.unwrap();
    index.put(vec![driver("free", at(0.03, 0.03))]).await.unwrap();
    // To this one they are silent.
    let strict = RedisDriverIndex::new(connections.clone(), MINUTE);
    let (first, found) = cost(&connections, &strict, "first").await;
    assert_eq!(found.as_deref(), Some("free"));
    index.put(vec![driver("free-too", at(0.03, 0.03))]).await.unwrap();
    let (second, found) = cost(&connections, &strict, "second").await;
    assert_eq!(found.as_deref(), Some("free-too"));
    assert!(first > 3_000 && second < 50, "{first} commands, then {second}");
    let position = Position::new(at(0.0, 0.0), OffsetDateTime::now_utc());
    strict.report(vec![("d-00007".parse().unwrap(), position)]).await.unwrap();
    let back = cost(&connections, &strict, "third").await.1;
    assert_eq!(back.as_deref(), Some("d-00007"), "and comes back with the next report");
}

fn assignment(driver: &Driver) -> Assignment {
    let order_id = format!("order-of-{}", driver.id).parse().unwrap();
    Assignment { driver_id: driver.id.clone(), order_id, token: ClaimToken::fresh() }
}

/// How often scripts have had Redis search around a place.
async fn searches(connections: &Connections) -> u64 {
    let Value::BulkString(info) = connections.ask(cmd("INFO").arg("commandstats")).await.unwrap() else {
        panic!("INFO is a text")
    };
    let lines = String::from_utf8(info).unwrap();
    let calls = |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<u64>().ok();
    lines.lines().filter(|line| line.starts_with("cmdstat_geosearch")).filter_map(calls).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_crowd_a_search_goes_on_where_the_last_one_ended() {
    let pickup = at(0.0, 0.0);
    let (searched, farther) = in_a_crowd("crowd-at-one-pickup", 0.004, |_| pickup).await;
    // Redis keeps a place to within half a metre.
    assert!(searched < 60 && farther < 1.5, "{searched} searches for 1,500 claims, {farther} m too far");
}

#[tokio::test(flavor = "multi_thread")]
async fn pickups_close_together_share_a_crowd() {
    let beside = |n: u32| at(0.000_02 * f64::from(n).sin(), 0.000_02 * (f64::from(n) * 1.7).cos());
    let (searched, farther) = in_a_crowd("crowd-at-many-pickups", 0.004, beside).await;
    // Some squares of a list each; two pickups of one lie some hundredths of a circle apart, whose radius is 960 m.
    assert!(searched < 250 && farther < 28.0, "{searched} searches for 1,500 claims, {farther} m too far");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_at_the_door_is_one_too() {
    let pickup = at(0.0, 0.0);
    let (searched, farther) = in_a_crowd("crowd-at-the-door", 0.000_1, |_| pickup).await;
    assert!(searched < 250 && farther < 1.5, "{searched} searches for 1,500 claims, {farther} m too far");
}

/// Six thousand drivers, the first of them so many degrees away, and claims from these pickups, while the nearest hundreds
/// come to have an order: a search would look at all the others. How often Redis searched, and by how many metres a driver
/// was farther away than the nearest.
async fn in_a_crowd(name: &str, nearest_at: f64, pickup: impl Fn(u32) -> GeoPoint) -> (u64, f64) {
    let own = Servers::start_only(name, &["redis"]);
    let connections = connect(own.redis());
    let index = RedisDriverIndex::new(connections.clone(), MINUTE);
    let mut free: BTreeMap<String, GeoPoint> = BTreeMap::new();
    let spot = |n: u32, far: f64| {
        let (angle, away) = (f64::from(n) * 2.399_963, far + f64::from(n) * 0.000_001);
        at(away * angle.sin(), away * angle.cos())
    };
    for n in 0..6_000 {
        free.insert(format!("d-{n:05}"), spot(n, nearest_at));
    }
    index.put(free.iter().map(|(id, point)| driver(id, *point)).collect()).await.unwrap();
    let mut held: Vec<(Assignment, GeoPoint)> = Vec::new();
    let (before, mut farther) = (searches(&connections).await, 0.0_f64);
    for n in 0..1_500_u32 {
        let pickup = pickup(n);
        let claim = index.claim(ask(&format!("o-{n}"), pickup)).await.unwrap().expect("somebody is free");
        let nearest = free.values().map(|point| pickup.distance_m(*point)).fold(f64::INFINITY, f64::min);
        farther = farther.max(claim.distance_m - nearest);
        let point = free.remove(claim.driver_id.as_str()).expect("a free driver");
        let order_id = format!("o-{n}").parse().unwrap();
        held.push((Assignment { driver_id: claim.driver_id, order_id, token: claim.token }, point));
        if n % 7 == 3 {
            // Somebody delivers, near the pickup again.
            let (done, point) = held.swap_remove(held.len() / 2);
            assert_eq!(index.release(&done).await, Ok(true));
            free.insert(done.driver_id.to_string(), point);
        }
        if n % 5 == 1 {
            // Somebody drives closer, and somebody away.
            let (first, last) =
                (free.keys().next().unwrap().clone(), free.keys().next_back().unwrap().clone());
            for (id, point) in [(first, at(0.02, 0.02)), (last, spot(n, nearest_at * 0.75))] {
                let position = Position::new(point, OffsetDateTime::now_utc());
                index.report(vec![(id.parse().unwrap(), position)]).await.unwrap();
                free.insert(id, point);
            }
        }
        if n == 700 {
            // More than a list is brought up to date with.
            let positions = free
                .iter()
                .take(600)
                .map(|(id, point)| (id.parse().unwrap(), Position::new(*point, OffsetDateTime::now_utc())));
            index.report(positions.collect()).await.unwrap();
        }
    }
    (searches(&connections).await - before, farther)
}

/// Not a bound, a figure: `cargo test --test distributed claims_a_second -- --nocapture`.
#[tokio::test(flavor = "multi_thread")]
async fn claims_a_second() {
    let index = RedisDriverIndex::new(connections(), MINUTE);
    index.put(crowd(20_000, "d")).await.unwrap();
    let begun = Instant::now();
    let callers = (0..16).map(|caller| {
        let index = index.clone();
        tokio::spawn(async move {
            for n in 0..200 {
                let order = format!("o-{caller}-{n}");
                let pickup = at(f64::from(n) * 0.0001, f64::from(caller) * 0.001);
                let claim = index.claim(ask(&order, pickup)).await.unwrap().expect("somebody is free");
                let order_id = order.parse().unwrap();
                let held = Assignment { driver_id: claim.driver_id, order_id, token: claim.token };
                assert_eq!(index.release(&held).await, Ok(true));
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    println!("{:.0} claims and releases a second", 3_200.0 / begun.elapsed().as_secs_f64());
    assert_eq!(index.claimed().await, Ok(0));
}
