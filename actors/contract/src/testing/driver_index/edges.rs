//! The earth has no edges, though degrees have: poles, the date line, antipodes, circles of no size and of the whole globe,
//! all against the great circle.

use super::{Claim, ask, assignment, at, claim, driver};
use crate::domain::{BoundingBox, Driver, EARTH_RADIUS_M, GeoPoint, RIM_M};
use crate::port::{ClaimRequest, DriverFilter, DriverIndex};

pub(super) async fn conforms<I: DriverIndex>(make: &impl AsyncFn() -> I) {
    at_every_edge_the_nearest_is_found(&make().await).await;
    where_frames_meet_the_nearest_is_found(&make().await).await;
    antipodes_are_half_the_earth_away(&make().await).await;
    no_radius_is_the_very_spot(&make().await).await;
    boxes_have_no_seam(&make().await).await;
}

const HALF_THE_EARTH_M: f64 = std::f64::consts::PI * EARTH_RADIUS_M;
/// Sines are exact to this near the antipodes, in metres.
const ROUNDING_M: f64 = 0.2;

fn standing(points: &[GeoPoint]) -> Vec<Driver> {
    points.iter().enumerate().map(|(n, point)| driver(&format!("d{n:03}"), *point)).collect()
}

/// Searches, and gives the driver back.
async fn search(index: &impl DriverIndex, request: &ClaimRequest) -> Option<Claim> {
    let found = claim(index, request).await?;
    let order = request.order_id.to_string();
    assert_eq!(index.release(&assignment(&order, &found)).await, Ok(true));
    Some(found)
}

/// Whoever is found is the nearest of those who are not excluded, and within the radius.
async fn finds_the_nearest(index: &impl DriverIndex, drivers: &[Driver], request: ClaimRequest) {
    let ClaimRequest { pickup, radius_m, excluded, .. } = &request;
    let away = |driver: &Driver| pickup.distance_m(driver.position.unwrap().point);
    let others = drivers.iter().filter(|driver| !excluded.contains(&driver.id));
    let nearest = others.map(away).min_by(f64::total_cmp).unwrap();
    let found = search(index, &request).await;
    let case = format!("within {radius_m} m of {pickup:?}, {nearest} m to the nearest: {found:?}");
    match &found {
        Some(claim) => {
            let driver = drivers.iter().find(|driver| driver.id == claim.driver_id).unwrap();
            assert!(
                !excluded.contains(&driver.id) && (away(driver) - claim.distance_m).abs() < ROUNDING_M,
                "{case}"
            );
            assert!(
                claim.distance_m - nearest < ROUNDING_M && claim.distance_m <= radius_m + RIM_M,
                "{case}"
            );
        }
        None => assert!(nearest > radius_m - RIM_M, "{case}"),
    }
}

async fn at_every_edge_the_nearest_is_found(index: &impl DriverIndex) {
    let latitudes =
        [-90.0, -89.9995, -85.06, -80.0005, -80.0, -45.0, 0.0, 79.9995, 80.0, 85.05, 89.9995, 90.0];
    let longitudes = [-180.0, -179.9995, -90.0, 0.0, 135.0, 179.9995, 180.0];
    let points = latitudes.map(|lat| longitudes.map(|lng| at(lat, lng))).concat();
    let drivers = standing(&points);
    index.put(drivers.clone()).await.unwrap();
    for (n, pickup) in points.iter().enumerate() {
        for radius_m in [0.0, 100.0, 5_000.0, 200_000.0, 3_000_000.0, HALF_THE_EARTH_M] {
            let request = ask(&format!("o-{n}-{radius_m}"), *pickup, radius_m);
            finds_the_nearest(index, &drivers, request.clone()).await;
            // Beside those on the very spot, by whatever longitude it is called.
            let here =
                drivers.iter().filter(|driver| pickup.distance_m(driver.position.unwrap().point) < 1.0);
            let excluded = here.map(|driver| driver.id.clone()).collect();
            finds_the_nearest(index, &drivers, ClaimRequest { excluded, ..request }).await;
        }
    }
}

/// Numbers that look like chance and are the same each time.
fn scattered(seed: u64) -> impl FnMut(f64, f64) -> f64 {
    let mut state = seed;
    move |from, to| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + (to - from) * ((state >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

async fn where_frames_meet_the_nearest_is_found(index: &impl DriverIndex) {
    let mut chance = scattered(20);
    let mut spot = |north: f64, south: f64| {
        let lng = chance(170.0, 190.0);
        at(chance(south, north), if lng > 180.0 { lng - 360.0 } else { lng })
    };
    let drivers = standing(&(0..300).map(|_| spot(82.0, 78.0)).collect::<Vec<_>>());
    index.put(drivers.clone()).await.unwrap();
    for n in 0..150 {
        let radius_m = [2_000.0, 20_000.0, 200_000.0, 500_000.0][n % 4];
        finds_the_nearest(index, &drivers, ask(&format!("o{n}"), spot(86.0, 74.0), radius_m)).await;
    }
}

async fn antipodes_are_half_the_earth_away(index: &impl DriverIndex) {
    for (n, (lat, lng)) in
        [(0.0, 0.0), (0.0, 180.0), (90.0, 0.0), (-90.0, 17.0), (45.0, -90.0)].into_iter().enumerate()
    {
        let there = at(-lat, if lng > 0.0 { lng - 180.0 } else { lng + 180.0 });
        let far = driver(&format!("far{n}"), there);
        index.put(vec![far.clone()]).await.unwrap();
        let order = |what| format!("o{n}-{what}");
        let found = search(index, &ask(&order("all"), at(lat, lng), HALF_THE_EARTH_M + 1.0)).await;
        let found = found.unwrap_or_else(|| panic!("nobody at {there:?} from {lat}, {lng}"));
        assert!(found.driver_id == far.id && (found.distance_m - HALF_THE_EARTH_M).abs() < 1.0, "{found:?}");
        assert_eq!(search(index, &ask(&order("less"), at(lat, lng), 20_000_000.0)).await, None, "{there:?}");
        assert_eq!(index.remove(&far.id).await, Ok(true));
    }
}

async fn no_radius_is_the_very_spot(index: &impl DriverIndex) {
    // One spot each, called by two names.
    let names =
        [((90.0, 0.0), (90.0, 77.0)), ((-90.0, -180.0), (-90.0, 5.0)), ((12.0, 180.0), (12.0, -180.0))];
    for (n, ((lat, lng), (same_lat, same_lng))) in names.into_iter().enumerate() {
        let here = driver(&format!("here{n}"), at(lat, lng));
        index.put(vec![here.clone()]).await.unwrap();
        for (which, pickup) in [at(lat, lng), at(same_lat, same_lng)].into_iter().enumerate() {
            let found = search(index, &ask(&format!("o{n}-{which}"), pickup, 0.0)).await;
            assert_eq!(found.map(|claim| claim.driver_id), Some(here.id.clone()), "from {pickup:?}");
        }
        let beside = at(lat - lat.signum() * 0.000_01, lng);
        assert_eq!(search(index, &ask(&format!("o{n}-beside"), beside, 0.0)).await, None, "a metre away");
        assert_eq!(
            search(index, &ask(&format!("o{n}-near"), beside, 2.0)).await.map(|c| c.driver_id),
            Some(here.id)
        );
    }
}

async fn boxes_have_no_seam(index: &impl DriverIndex) {
    let points = [at(1.0, 180.0), at(2.0, -180.0), at(90.0, 33.0), at(-90.0, -33.0), at(3.0, 0.0)];
    index.put(standing(&points)).await.unwrap();
    let inside = async |(south, west): (f64, f64), (north, east): (f64, f64)| {
        let bbox = Some(BoundingBox { south_west: at(south, west), north_east: at(north, east) });
        let listed = index.list(DriverFilter { bbox, limit: 10, ..DriverFilter::default() }).await.unwrap();
        listed.into_iter().map(|driver| driver.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(inside((0.0, -180.0), (5.0, -170.0)).await, ["d000", "d001"], "east of the date line");
    assert_eq!(inside((0.0, 170.0), (5.0, 180.0)).await, ["d000", "d001"], "west of it");
    assert_eq!(inside((0.0, 179.0), (5.0, -179.0)).await, ["d000", "d001"], "across it");
    assert_eq!(inside((80.0, 100.0), (90.0, 110.0)).await, ["d002"], "the pole is on every meridian");
    assert_eq!(inside((-90.0, 100.0), (-80.0, 110.0)).await, ["d003"]);
    assert_eq!(inside((-90.0, -180.0), (90.0, 180.0)).await.len(), 5, "everywhere");
}
