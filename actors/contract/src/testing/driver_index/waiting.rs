//! Orders that wait, and who is given to them.

use std::time::Duration;

use time::OffsetDateTime;

use super::{ask, assignment, at, claim, driver, id, order_of, seen, who};
use crate::domain::{Driver, DriverStatus, GeoPoint, OrderId, Position};
use crate::port::{Assignment, ClaimRequest, DriverIndex, Handovers, Wait};

pub(super) async fn suite<I: DriverIndex>(make: &impl AsyncFn() -> I) {
    whoever_waited_longest_is_given_the_driver(&make().await).await;
    only_who_is_in_reach_is_given_a_driver(&make().await).await;
    whoever_comes_free_is_given_to_who_waits(&make().await).await;
    an_order_finds_the_driver_it_was_given(&make().await).await;
    what_is_not_taken_up_goes_to_the_same_order_again(&make().await).await;
    an_order_that_is_withdrawn_or_out_of_patience_gets_nobody(&make().await).await;
    a_crowd_waits_across_every_edge_of_the_earth(&make().await).await;
}

const HOUR: Duration = Duration::from_hours(1);

/// A search by an order of this age that waits when there is nobody.
fn waits(order: &str, pickup: GeoPoint, radius_m: f64, age_s: u64) -> ClaimRequest {
    let since = OffsetDateTime::UNIX_EPOCH + HOUR - Duration::from_secs(age_s);
    ClaimRequest { wait: Some(Wait { since, patience: HOUR }), ..ask(order, pickup, radius_m) }
}

fn given(index: &impl DriverIndex) -> Vec<(String, String)> {
    let named = |claim: Assignment| (claim.driver_id.to_string(), claim.order_id.to_string());
    let mut given: Vec<_> = index.handovers().take().claims.into_iter().map(named).collect();
    given.sort();
    given
}

fn pair(driver: &str, order: &str) -> (String, String) {
    (driver.to_owned(), order.to_owned())
}

async fn report(index: &impl DriverIndex, driver: &str, point: GeoPoint) {
    index.report(vec![(id(driver), Position::new(point, OffsetDateTime::now_utc()))]).await.unwrap();
}

async fn nobody(index: &impl DriverIndex, request: &ClaimRequest) {
    assert_eq!(who(index, request).await, None);
}

async fn whoever_waited_longest_is_given_the_driver(index: &impl DriverIndex) {
    let here = at(-23.55, -46.63);
    // Neither in the order of their ids, nor in that of their searches; and one asks again after all others.
    let ages =
        [("o3", 30), ("o8", 80), ("o1", 10), ("o6", 60), ("o5", 50), ("o2", 20), ("o7", 70), ("o4", 40)];
    for (order, age) in ages {
        nobody(index, &waits(order, here, 5_000.0, age)).await;
    }
    nobody(index, &waits("o8", here, 5_000.0, 80)).await;
    index.put(vec![driver("a", here)]).await.unwrap();
    let mut served = Vec::new();
    for _ in ages {
        let claims = index.handovers().take().claims;
        let [held] = claims.as_slice() else { panic!("one driver, one order: {claims:?}") };
        served.push(held.order_id.to_string());
        let again = waits(held.order_id.as_str(), here, 5_000.0, 1);
        assert_eq!(claim(index, &again).await.unwrap().token, held.token, "it finds who was given to it");
        assert_eq!(index.release(held).await, Ok(true), "delivered");
    }
    assert_eq!(served, ["o8", "o7", "o6", "o5", "o4", "o3", "o2", "o1"]);
    assert_eq!((given(index), order_of(index, "a").await), (vec![], None), "nobody waits any more");
}

async fn only_who_is_in_reach_is_given_a_driver(index: &impl DriverIndex) {
    let (here, near, far) = (at(0.0, 0.0), at(0.05, 0.0), at(0.0, 1.0));
    nobody(index, &waits("near", near, 5_000.0, 90)).await;
    nobody(index, &waits("wide", near, 20_000.0, 60)).await;
    nobody(index, &waits("here", here, 5_000.0, 30)).await;
    nobody(index, &waits("far", far, 20_000.0, 99)).await;
    index.put(vec![driver("a", here), driver("b", here), driver("c", here)]).await.unwrap();
    assert_eq!(given(index), [pair("a", "wide"), pair("b", "here")], "by each order's own circle");
    report(index, "c", at(0.05, 0.001)).await;
    assert_eq!(given(index), [pair("c", "near")], "who moves into reach is given too");
    assert_eq!(order_of(index, "c").await, Some("near".parse().unwrap()));
    nobody(index, &ask("new", near, 20_000.0)).await;
}

async fn whoever_comes_free_is_given_to_who_waits(index: &impl DriverIndex) {
    let here = at(10.0, 10.0);
    let off = Driver { status: DriverStatus::Offline, ..driver("off", here) };
    let new = Driver { position: None, ..driver("new", here) };
    index.put(vec![off.clone(), new, driver("busy", here), seen("silent", here, HOUR)]).await.unwrap();
    let busy = assignment("o0", &claim(index, &ask("o0", here, 100.0)).await.unwrap());
    for n in 1..=5 {
        nobody(index, &waits(&format!("o{n}"), here, 100.0, 100 - n)).await;
    }
    assert_eq!(given(index), []);
    assert_eq!(index.release(&busy).await, Ok(true));
    assert_eq!(given(index), [pair("busy", "o1")], "released");
    report(index, "silent", here).await;
    assert_eq!(given(index), [pair("silent", "o2")], "heard of again");
    report(index, "new", here).await;
    assert_eq!(given(index), [pair("new", "o3")], "seen for the first time");
    report(index, "off", here).await;
    assert_eq!(given(index), [], "offline");
    index.put(vec![Driver { status: DriverStatus::Available, ..off }]).await.unwrap();
    assert_eq!(given(index), [pair("off", "o4")], "back at work");
    // An assignment takes its order another driver than it had: that one is free.
    let (other, taken) = (id("other"), claim(index, &waits("o4", here, 100.0, 1)).await.unwrap());
    let instead = Assignment { driver_id: other, order_id: "o4".parse().unwrap(), token: taken.token };
    index.confirm(vec![instead]).await.unwrap();
    assert_eq!(given(index), [pair("off", "o5")], "overruled");
}

async fn an_order_finds_the_driver_it_was_given(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    nobody(index, &waits("o1", here, 1_000.0, 9)).await;
    index.put(vec![driver("a", at(0.001, 0.0))]).await.unwrap();
    let held = index.handovers().take().claims.remove(0);
    let found = claim(index, &waits("o1", here, 1_000.0, 9)).await.unwrap();
    assert_eq!((&found.driver_id, &found.token), (&held.driver_id, &held.token));
    assert!((found.distance_m - here.distance_m(at(0.001, 0.0))).abs() < 1.0, "{} m", found.distance_m);
    index.put(vec![driver("b", here)]).await.unwrap();
    assert_eq!(given(index), [], "it waits no more");
    assert_eq!(index.release(&held).await, Ok(true));
    assert_eq!(given(index), [], "and does not wait again unless it says so");
}

async fn what_is_not_taken_up_goes_to_the_same_order_again(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    let brief = ClaimRequest { lease: Duration::ZERO, ..waits("o1", here, 1_000.0, 9) };
    nobody(index, &brief).await;
    nobody(index, &waits("o2", here, 1_000.0, 5)).await;
    index.put(vec![driver("a", here)]).await.unwrap();
    let first = index.handovers().take().claims;
    assert_eq!(first[0].order_id.as_str(), "o1");
    assert_eq!(index.expired(10).await.unwrap(), first, "nobody woke it, or it did not ask");
    assert_eq!(index.release(&first[0]).await, Ok(true));
    let second = index.handovers().take().claims;
    assert_eq!(second[0].order_id.as_str(), "o1", "it still waits, and for the longest");
    assert_ne!(second[0].token, first[0].token, "another claim");
    assert_eq!(index.release(&first[0]).await, Ok(false), "of which the old token knows nothing");
}

async fn an_order_that_is_withdrawn_or_out_of_patience_gets_nobody(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    let order = |name: &str| name.parse::<OrderId>().unwrap();
    let impatient = waits("o1", here, 1_000.0, 99);
    let wait = impatient.wait.map(|wait| Wait { patience: Duration::ZERO, ..wait });
    nobody(index, &ClaimRequest { wait, ..impatient }).await;
    nobody(index, &waits("o2", here, 1_000.0, 90)).await;
    nobody(index, &waits("o3", here, 1_000.0, 80)).await;
    index.withdraw(&order("o2")).await.unwrap();
    index.withdraw(&order("never-heard-of")).await.unwrap();
    index.put(vec![driver("a", here)]).await.unwrap();
    let held = index.handovers().take().claims.remove(0);
    assert_eq!(held.order_id, order("o3"));
    // It was cancelled meanwhile.
    index.withdraw(&held.order_id).await.unwrap();
    assert_eq!(index.release(&held).await, Ok(true));
    assert_eq!((given(index), order_of(index, "a").await), (vec![], None));
    assert_eq!(who(index, &ask("o4", here, 1_000.0)).await.as_deref(), Some("a"));
}

async fn a_crowd_waits_across_every_edge_of_the_earth(index: &impl DriverIndex) {
    let edges = [
        (0.0, 180.0),
        (0.0, -180.0),
        (90.0, 0.0),
        (-90.0, 45.0),
        (80.0, -179.95),
        (-23.5, -46.6),
        (0.0, 0.0),
    ];
    let mut n = 0;
    for (lat, lng) in edges {
        for north in -3..=3 {
            for east in -3..=3 {
                let lat = f64::clamp(lat + f64::from(north) * 0.08, -90.0, 90.0);
                let lng = (lng + f64::from(east) * 0.08 + 540.0).rem_euclid(360.0) - 180.0;
                nobody(index, &waits(&format!("o{n:03}"), at(lat, lng), 15_000.0, 1_000 - n)).await;
                n += 1;
            }
        }
    }
    // Each driver is given to the oldest order within reach, as the plain rule has it.
    let handovers: Handovers = index.handovers();
    // The first edge is the second one.
    for (at_edge, (lat, lng)) in edges.into_iter().enumerate().skip(1) {
        let here = at(lat, lng);
        let mut left = Vec::new();
        for round in 0..60 {
            let name = format!("d{at_edge}-{round:02}");
            index.put(vec![driver(&name, here)]).await.unwrap();
            let claims = handovers.take().claims;
            let Some(held) = claims.first() else { break };
            left.push(held.order_id.to_string());
        }
        assert!(left.is_sorted(), "at {lat}, {lng}: {left:?}");
        assert!(left.len() >= 8, "at {lat}, {lng}: {left:?}");
    }
}
