//! What every [`DriverIndex`] does.

mod edges;
mod hearing;
mod holding;
mod waiting;

use std::time::Duration;

use time::OffsetDateTime;

use super::until;
use crate::domain::{BoundingBox, Driver, DriverId, DriverStatus, GeoPoint, OrderId, Position};
use crate::port::{Assignment, Claim, ClaimRequest, DriverFilter, DriverIndex, Filling};

/// Runs the suite; `make` gives a fresh, empty adapter on the system's clock each time.
pub async fn conforms<I: DriverIndex>(make: impl AsyncFn() -> I) {
    the_nearest_is_claimed_and_only_once(&make().await).await;
    holding::an_order_gets_its_claim_again(&make().await).await;
    who_cannot_drive_is_passed_over(&make().await).await;
    the_earth_has_no_edge(&make().await).await;
    a_named_driver_is_taken_wherever_they_are(&make().await).await;
    holding::only_the_holder_releases(&make().await).await;
    positions_only_move_forward(&make().await).await;
    hearing::conforms(&make).await;
    edges::conforms(&make).await;
    a_silent_driver_counts_by_the_age_that_is_asked_for(&make().await).await;
    holding::put_renames_and_keeps_the_claim(&make().await).await;
    holding::a_held_driver_cannot_be_removed(&make().await).await;
    lists_page_by_page(&make().await).await;
    holding::a_lease_that_ran_out_is_shown_and_still_holds(&make().await).await;
    holding::a_confirmed_claim_lasts(&make().await).await;
    holding::an_assignment_overrules_a_claim(&make().await).await;
    holding::claims_that_last_are_shown(&make().await).await;
    an_index_is_complete_when_somebody_says_so(&make().await).await;
    one_sweeps_at_a_time(&make().await).await;
    it_tells_the_time(&make().await).await;
    waiting::suite(&make).await;
}

/// A minute: nobody is silent for longer during a suite.
const FRESH: Duration = Duration::from_mins(1);

/// A point on the earth.
pub fn at(lat: f64, lng: f64) -> GeoPoint {
    GeoPoint::new(lat, lng).unwrap()
}

/// An available driver at this point, heard of just now.
pub fn driver(id: &str, point: GeoPoint) -> Driver {
    seen(id, point, Duration::ZERO)
}

fn seen(id: &str, point: GeoPoint, ago: Duration) -> Driver {
    let position = Some(Position::new(point, OffsetDateTime::now_utc() - ago));
    let name = format!("{id}'s name");
    Driver {
        id: id.parse().unwrap(),
        name,
        status: DriverStatus::Available,
        position,
        order_id: None,
        silent: false,
    }
}

fn id(driver: &str) -> DriverId {
    driver.parse().unwrap()
}

/// A search from there, by an order, for anybody within so many metres.
pub fn ask(order: &str, pickup: GeoPoint, radius_m: f64) -> ClaimRequest {
    ClaimRequest {
        order_id: order.parse().unwrap(),
        pickup,
        radius_m,
        excluded: Vec::new(),
        driver: None,
        max_age: FRESH,
        lease: Duration::from_mins(1),
        wait: None,
    }
}

async fn claim(index: &impl DriverIndex, request: &ClaimRequest) -> Option<Claim> {
    index.claim(request.clone()).await.unwrap()
}

async fn who(index: &impl DriverIndex, request: &ClaimRequest) -> Option<String> {
    claim(index, request).await.map(|claim| claim.driver_id.to_string())
}

fn assignment(order: &str, claim: &Claim) -> Assignment {
    Assignment {
        driver_id: claim.driver_id.clone(),
        order_id: order.parse().unwrap(),
        token: claim.token.clone(),
    }
}

async fn order_of(index: &impl DriverIndex, driver: &str) -> Option<OrderId> {
    index.get(&id(driver)).await.unwrap().expect("a known driver").order_id
}

async fn the_nearest_is_claimed_and_only_once(index: &impl DriverIndex) {
    let here = at(-23.5505, -46.6333);
    let (near, far, off) = (at(-23.55, -46.63), at(-23.60, -46.70), at(-22.9, -43.2));
    index.put(vec![driver("far", far), driver("near", near), driver("rio", off)]).await.unwrap();
    let first = claim(index, &ask("o1", here, 10_000.0)).await.expect("somebody near");
    assert_eq!((first.driver_id.as_str(), first.driver_name.as_str()), ("near", "near's name"));
    assert!((first.distance_m - here.distance_m(near)).abs() < 1.0, "{} m", first.distance_m);
    assert_eq!(order_of(index, "near").await, Some("o1".parse().unwrap()));
    assert_eq!(index.claimed().await, Ok(1));
    assert_eq!(who(index, &ask("o2", here, 5_000.0)).await, None, "within 5 km is nobody else");
    assert_eq!(who(index, &ask("o2", here, 10_000.0)).await.as_deref(), Some("far"));
    assert_eq!(who(index, &ask("o3", here, 10_000.0)).await, None, "everyone near has an order");
    assert_eq!(index.claimed().await, Ok(2));
}

async fn who_cannot_drive_is_passed_over(index: &impl DriverIndex) {
    let here = at(10.0, 10.0);
    let offline = Driver { status: DriverStatus::Offline, ..driver("offline", here) };
    let nowhere = Driver { position: None, ..driver("nowhere", here) };
    let silent = seen("silent", here, Duration::from_hours(1));
    let good = driver("good", at(10.01, 10.0));
    index.put(vec![offline, nowhere, silent, driver("excluded", here), good]).await.unwrap();
    let request = ClaimRequest { excluded: vec![id("excluded")], ..ask("o1", here, 10_000.0) };
    assert_eq!(who(index, &request).await.as_deref(), Some("good"));
    let request = ClaimRequest { order_id: "o2".parse().unwrap(), ..request };
    assert_eq!(who(index, &request).await, None);
    index.put(vec![Driver { status: DriverStatus::Available, ..driver("offline", here) }]).await.unwrap();
    assert_eq!(who(index, &request).await.as_deref(), Some("offline"), "back at work");
}

async fn the_earth_has_no_edge(index: &impl DriverIndex) {
    index.put(vec![driver("fiji", at(-17.0, 179.99)), driver("pole", at(89.999, -90.0))]).await.unwrap();
    assert_eq!(who(index, &ask("o1", at(-17.0, -179.99), 5_000.0)).await.as_deref(), Some("fiji"));
    assert_eq!(who(index, &ask("o2", at(89.999, 90.0), 5_000.0)).await.as_deref(), Some("pole"));
}

async fn a_named_driver_is_taken_wherever_they_are(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    let silent = seen("silent", at(40.0, 40.0), Duration::from_hours(1));
    let offline = Driver { status: DriverStatus::Offline, ..driver("offline", here) };
    let nowhere = Driver { position: None, ..driver("nowhere", here) };
    index.put(vec![driver("near", here), silent, offline, nowhere]).await.unwrap();
    let name =
        |order: &str, driver: &str| ClaimRequest { driver: Some(id(driver)), ..ask(order, here, 10.0) };
    assert_eq!(who(index, &name("o1", "silent")).await.as_deref(), Some("silent"));
    assert_eq!(who(index, &name("o2", "nowhere")).await.as_deref(), Some("nowhere"));
    assert_eq!(who(index, &name("o3", "silent")).await, None, "has an order");
    assert_eq!(who(index, &name("o3", "offline")).await, None, "is offline");
    assert_eq!(who(index, &name("o3", "unheard-of")).await, None, "is unknown");
    assert_eq!(order_of(index, "near").await, None, "somebody else was taken instead");
}

async fn it_tells_the_time(index: &impl DriverIndex) {
    let (first, next) = (index.time().await.unwrap(), index.time().await.unwrap());
    assert!(first.sent <= first.received && first.time <= next.time);
    index.put(vec![driver("a", at(0.0, 0.0))]).await.unwrap();
    index.report(vec![(id("a"), Position::new(at(1.0, 1.0), OffsetDateTime::now_utc()))]).await.unwrap();
    let heard_at = index.get(&id("a")).await.unwrap().unwrap().position.unwrap().heard_at;
    let last = index.time().await.unwrap().time;
    assert!(next.time <= heard_at && heard_at <= last, "by which it hears: {heard_at} before {last}");
}

async fn positions_only_move_forward(index: &impl DriverIndex) {
    let (here, there) = (at(0.0, 0.0), at(1.0, 1.0));
    let now = OffsetDateTime::now_utc();
    index.put(vec![driver("a", here)]).await.unwrap();
    let late = Position::new(there, now - Duration::from_secs(30));
    let reported = index.report(vec![(id("a"), late), (id("nobody"), late)]).await.unwrap();
    assert_eq!((reported.accepted, reported.unknown), (1, vec![1]), "late, but accepted");
    assert_eq!(reported.late.first().map(|(number, _)| *number), Some(0), "and named");
    assert_eq!(index.get(&id("a")).await.unwrap().unwrap().position.unwrap().point, here);
    index.put(vec![seen("a", there, Duration::from_secs(30))]).await.unwrap();
    assert_eq!(
        index.get(&id("a")).await.unwrap().unwrap().position.unwrap().point,
        here,
        "put is no way round"
    );
    let next = Position { heading: Some(90.0), ..Position::new(there, now + Duration::from_secs(1)) };
    index.report(vec![(id("a"), next)]).await.unwrap();
    let position = index.get(&id("a")).await.unwrap().unwrap().position.unwrap();
    assert_eq!((position.point, position.heading), (there, Some(90.0)));
    assert_eq!(who(index, &ask("o1", here, 1_000.0)).await, None, "has left");
    assert_eq!(who(index, &ask("o1", there, 1_000.0)).await.as_deref(), Some("a"), "has arrived");
    index
        .report(vec![(id("a"), Position { point: here, at: next.at + Duration::from_secs(1), ..next })])
        .await
        .unwrap();
    assert_eq!(
        index.get(&id("a")).await.unwrap().unwrap().position.unwrap().point,
        here,
        "moves with the order"
    );
}

async fn a_silent_driver_counts_by_the_age_that_is_asked_for(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![seen("a", here, Duration::from_hours(1))]).await.unwrap();
    assert_eq!(who(index, &ask("o1", here, 100.0)).await, None, "silent for a minute's measure");
    let patient = ClaimRequest { max_age: Duration::from_hours(2), ..ask("o1", here, 100.0) };
    assert_eq!(who(index, &patient).await.as_deref(), Some("a"), "not for two hours'");
    index.put(vec![seen("b", here, Duration::from_secs(30))]).await.unwrap();
    let strict = ClaimRequest { max_age: Duration::from_secs(10), ..ask("o2", here, 100.0) };
    assert_eq!(who(index, &strict).await, None, "silent for ten seconds'");
    assert_eq!(who(index, &ask("o2", here, 100.0)).await.as_deref(), Some("b"));
}

async fn lists_page_by_page(index: &impl DriverIndex) {
    let drivers = (0..1_200).map(|n| {
        let point =
            at(f64::from(n % 2) * 10.0, 170.0 + f64::from(n % 20) - if n % 20 > 10 { 360.0 } else { 0.0 });
        let status = if n % 3 == 0 { DriverStatus::Offline } else { DriverStatus::Available };
        Driver { status, ..driver(&format!("d{n:04}"), point) }
    });
    let drivers: Vec<Driver> = drivers.collect();
    index.put(drivers.clone()).await.unwrap();
    let south_of_five = BoundingBox { south_west: at(-5.0, 175.0), north_east: at(5.0, -175.0) };
    let filter = DriverFilter {
        status: Some(DriverStatus::Available),
        bbox: Some(south_of_five),
        after: None,
        limit: 7,
    };
    let matching = drivers.iter().filter(|d| d.status == DriverStatus::Available);
    let matching = matching.filter(|d| south_of_five.contains(d.position.unwrap().point));
    let expected: Vec<DriverId> = matching.map(|d| d.id.clone()).collect();
    let mut listed = Vec::new();
    loop {
        let filter = DriverFilter { after: listed.last().cloned(), ..filter.clone() };
        let page = index.list(filter).await.unwrap();
        assert!(page.len() <= 7, "a page of {}", page.len());
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|d| d.id));
    }
    assert!(expected.len() > 20, "the case is no case: {}", expected.len());
    assert_eq!(listed, expected);
    let all = index.list(DriverFilter { limit: 5_000, ..DriverFilter::default() }).await.unwrap();
    assert_eq!(all.len(), drivers.len());
}

async fn an_index_is_complete_when_somebody_says_so(index: &impl DriverIndex) {
    let filling = index.filling().await.unwrap();
    assert!(!filling.complete, "empty");
    index.put(vec![driver("a", at(0.0, 0.0))]).await.unwrap();
    assert_eq!(index.filling().await, Ok(filling.clone()), "the same until it is emptied");
    let other = Filling { id: format!("not {}", filling.id), complete: false };
    assert_eq!(index.complete(&other).await, Ok(false), "what was filled before is lost");
    assert_eq!(index.filling().await, Ok(filling.clone()));
    assert_eq!(index.complete(&filling).await, Ok(true));
    assert_eq!(index.filling().await, Ok(Filling { complete: true, ..filling.clone() }));
    assert_eq!(index.complete(&filling).await, Ok(true), "by somebody else too");
}

async fn one_sweeps_at_a_time(index: &impl DriverIndex) {
    let (long, short) = (Duration::from_mins(1), Duration::from_millis(1));
    assert_eq!(index.sweeps("a", long).await, Ok(true));
    assert_eq!(index.sweeps("b", long).await, Ok(false), "a sweeps");
    assert_eq!(index.sweeps("a", short).await, Ok(true), "still");
    let taken = async || index.sweeps("b", long).await.unwrap().then_some(());
    until("a has not asked for its patience", taken).await;
    assert_eq!(index.sweeps("a", long).await, Ok(false), "now b sweeps");
}
