//! Points on the earth, in degrees, WGS 84.

use serde::{Deserialize, Serialize};

/// A point: latitude −90 to 90, longitude −180 to 180, degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct GeoPoint {
    lat: f64,
    lng: f64,
}

#[derive(Deserialize)]
struct Unchecked {
    lat: f64,
    lng: f64,
}

impl TryFrom<Unchecked> for GeoPoint {
    type Error = GeoError;
    fn try_from(raw: Unchecked) -> Result<Self, GeoError> {
        Self::new(raw.lat, raw.lng)
    }
}

/// Which coordinate is out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GeoError {
    /// Latitude beyond a pole, or not a number.
    #[error("lat must be between -90 and 90, got {0}")]
    Latitude(f64),
    /// Longitude beyond the antimeridian, or not a number.
    #[error("lng must be between -180 and 180, got {0}")]
    Longitude(f64),
}

/// Mean radius of the earth in metres (IUGG).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Two places closer than a millimetre are one: that much rounding makes of a pole or the date line, which have many names.
pub const RIM_M: f64 = 0.001;

impl GeoPoint {
    /// A point at `lat`, `lng` degrees.
    pub fn new(lat: f64, lng: f64) -> Result<Self, GeoError> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(GeoError::Latitude(lat));
        }
        if !(-180.0..=180.0).contains(&lng) {
            return Err(GeoError::Longitude(lng));
        }
        Ok(Self { lat, lng })
    }

    /// Degrees north.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east.
    pub fn lng(self) -> f64 {
        self.lng
    }

    /// Metres to `other` along the great circle (haversine).
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let (half_lat, half_lng) = ((lat_b - lat_a) / 2.0, (other.lng - self.lng).to_radians() / 2.0);
        let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lng.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    /// The point on the unit sphere, `[x, y, z]`. Straight-line distance there orders points as the great circle
    /// does, poles and antimeridian included.
    pub fn unit_vector(self) -> [f64; 3] {
        let (lat, lng) = (self.lat.to_radians(), self.lng.to_radians());
        [lat.cos() * lng.cos(), lat.cos() * lng.sin(), lat.sin()]
    }
}

/// A box between its south-west and north-east corners; it may cross the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    /// The corner with the smaller latitude.
    pub south_west: GeoPoint,
    /// The corner with the larger latitude.
    pub north_east: GeoPoint,
}

impl BoundingBox {
    /// Whether `point` lies inside or on the edge. A pole lies on every meridian, and ±180 is one.
    pub fn contains(&self, point: GeoPoint) -> bool {
        let (west, east) = (self.south_west.lng, self.north_east.lng);
        let between =
            |lng: f64| if west <= east { (west..=east).contains(&lng) } else { lng >= west || lng <= east };
        let seam = point.lng.abs() >= 180.0 && between(-point.lng);
        (between(point.lng) || seam || point.lat.abs() >= 90.0)
            && (self.south_west.lat..=self.north_east.lat).contains(&point.lat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lng: f64) -> GeoPoint {
        GeoPoint::new(lat, lng).unwrap()
    }

    #[test]
    fn refuses_what_is_not_on_the_earth() {
        assert_eq!(GeoPoint::new(91.0, 0.0), Err(GeoError::Latitude(91.0)));
        assert_eq!(GeoPoint::new(0.0, -180.5), Err(GeoError::Longitude(-180.5)));
        assert!(GeoPoint::new(f64::NAN, 0.0).is_err());
        assert!(serde_json::from_str::<GeoPoint>(r#"{"lat":91,"lng":0}"#).is_err());
    }

    #[test]
    fn distance_is_the_great_circle() {
        let (sao_paulo, rio) = (at(-23.5505, -46.6333), at(-22.9068, -43.1729));
        assert!((sao_paulo.distance_m(rio) - 360_700.0).abs() < 1_000.0, "{}", sao_paulo.distance_m(rio));
        assert!(at(0.0, 179.9).distance_m(at(0.0, -179.9)) < 22_300.0);
    }

    #[test]
    fn a_box_may_cross_the_antimeridian() {
        let pacific = BoundingBox { south_west: at(-10.0, 170.0), north_east: at(10.0, -170.0) };
        assert!(pacific.contains(at(0.0, 179.0)) && pacific.contains(at(0.0, -179.0)));
        assert!(!pacific.contains(at(0.0, 0.0)));
    }
}
