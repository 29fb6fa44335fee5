//! Where a driver is, as the tree sees it.

use rstar::{AABB, PointDistance, RTreeObject};
use tropa_contract::domain::{DriverId, EARTH_RADIUS_M, GeoPoint};

/// A free driver on the unit sphere. Three dimensions, because latitude and longitude have edges that the earth has
/// not: the poles and the antimeridian.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    vector: [f64; 3],
    pub(super) driver: DriverId,
}

impl Place {
    pub(super) fn new(point: GeoPoint, driver: DriverId) -> Self {
        Self { vector: point.unit_vector(), driver }
    }
}

impl RTreeObject for Place {
    type Envelope = AABB<[f64; 3]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_point(self.vector)
    }
}

impl PointDistance for Place {
    fn distance_2(&self, point: &[f64; 3]) -> f64 {
        self.vector.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum()
    }
}

/// The square of the straight line between two points of the unit sphere that are `metres` apart along it.
pub(super) fn chord_2(metres: f64) -> f64 {
    let half_angle = (metres / (2.0 * EARTH_RADIUS_M)).min(std::f64::consts::FRAC_PI_2);
    4.0 * half_angle.sin().powi(2)
}
