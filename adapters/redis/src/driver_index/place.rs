//! Where a driver is, as Redis can keep it.

use tropa_contract::domain::GeoPoint;

/// Redis keeps no place beyond 85.05° of latitude. So whoever is beyond this one is kept in a frame turned by a quarter,
/// in which the poles lie on the equator.
const CAP_FROM: f64 = 80.0;
/// Between these latitudes a search, up to some 500 km wide, looks in both frames.
const BOTH: std::ops::RangeInclusive<f64> = 75.0..=85.0;

/// A place in one of the two frames, degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub x: f64,
    pub y: f64,
    /// Which frame: a driver in one is no neighbour of somebody in the other.
    pub cap: bool,
}

impl Place {
    /// Where a driver is kept.
    pub fn of(point: GeoPoint) -> Self {
        if point.lat().abs() > CAP_FROM { Self::turned(point) } else { Self::upright(point) }
    }

    /// Around which places to search.
    pub fn around(point: GeoPoint) -> Vec<Self> {
        let latitude = point.lat().abs();
        if BOTH.contains(&latitude) {
            return vec![Self::upright(point), Self::turned(point)];
        }
        vec![if latitude > CAP_FROM { Self::turned(point) } else { Self::upright(point) }]
    }

    fn upright(point: GeoPoint) -> Self {
        Self { x: one_name(point.lng()), y: point.lat(), cap: false }
    }

    fn turned(point: GeoPoint) -> Self {
        let [x, y, z] = point.unit_vector();
        Self { x: one_name(x.atan2(z).to_degrees()), y: y.clamp(-1.0, 1.0).asin().to_degrees(), cap: true }
    }
}

/// The antimeridian has two names, and what Redis makes of 180° lies beyond its last cell.
fn one_name(longitude: f64) -> f64 {
    if longitude >= 180.0 { -180.0 } else { longitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lng: f64) -> GeoPoint {
        GeoPoint::new(lat, lng).unwrap()
    }

    #[test]
    fn every_point_has_a_place_redis_can_keep_and_distances_stay() {
        for lat in [-90.0, -89.9, -80.1, 80.1, 85.06, 90.0] {
            for lng in [-180.0, -90.0, 0.0, 77.0, 180.0] {
                let (one, other) = (at(lat, lng), at(lat * 0.9999, lng));
                let (a, b) = (Place::of(one), Place::of(other));
                assert!(a.cap && a.y.abs() <= 85.0, "{a:?}");
                let kept = at(a.y, a.x).distance_m(at(b.y, b.x));
                assert!((kept - one.distance_m(other)).abs() < 0.01, "{kept} m");
            }
        }
    }

    #[test]
    fn near_the_rim_both_frames_are_searched() {
        let frames = |lat| Place::around(at(lat, 10.0)).iter().map(|place| place.cap).collect::<Vec<_>>();
        assert_eq!(
            (frames(0.0), frames(79.0), frames(-81.0)),
            (vec![false], vec![false, true], vec![false, true])
        );
        assert_eq!(frames(89.0), vec![true]);
    }
}
