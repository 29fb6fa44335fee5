//! What is said about drivers, and how it is read.

use std::str::FromStr;

use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tropa_dispatch::domain::{BoundingBox, DriverStatus, GeoPoint, Position};
use utoipa::ToSchema;

use crate::http::{
    json::{self, Fields, decimal, parsed, text, timestamp},
    orders::request::coordinates,
    problem::Answer,
};

/// A clock may be ahead by this much. A position from far ahead would outlive every later one.
const MAX_AHEAD: Duration = Duration::seconds(60);

/// A driver.
#[derive(Deserialize, ToSchema)]
#[schema(as = PutDriver)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct DriverSchema {
    /// Their name.
    #[schema(min_length = 1, max_length = 100, example = "João da Silva")]
    name: String,
    /// Whether they take orders.
    status: super::view::StatusSchema,
}

/// Where a driver is.
#[derive(Deserialize, ToSchema)]
#[schema(as = PositionReport)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct PositionSchema {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90, example = -23.55)]
    lat: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180, example = -46.63)]
    lng: f64,
    /// Degrees clockwise from north.
    #[schema(minimum = 0, maximum = 360)]
    heading: Option<f64>,
    /// When; now when left out. From 1970 on, and at most 60 s ahead of the server's clock.
    #[schema(format = DateTime)]
    at: Option<String>,
}

/// Reads `PUT /api/v1/drivers/{id}`.
pub(super) fn driver(body: &str) -> Answer<(String, DriverStatus)> {
    json::read(body, |f| {
        let name = f.required("name", text(1..=100));
        let status = f.required("status", parsed::<DriverStatus>);
        Some((name?, status?))
    })
}

/// Reads `POST /api/v1/drivers/{id}/position`, which came `now`.
pub(super) fn position(body: &str, now: OffsetDateTime) -> Answer<Position> {
    json::read(body, |f| position_fields(f, now))
}

/// The fields of a position, alone or on a line of many.
pub(super) fn position_fields(f: &mut Fields, now: OffsetDateTime) -> Option<Position> {
    let point = coordinates(f);
    let heading = f.optional("heading", |raw| match decimal(raw) {
        Ok(degrees) if (0.0..=360.0).contains(&degrees) => Ok(degrees),
        _ => Err("must be a number from 0 to 360".into()),
    });
    let at = f.optional("at", |raw| match timestamp(raw)? {
        at if at > now + MAX_AHEAD => Err("must not be in the future".into()),
        at if at < OffsetDateTime::UNIX_EPOCH => Err("must not be before 1970".into()),
        at => Ok(at),
    });
    Some(Position { point: point?, heading, at: at.unwrap_or(now) })
}

/// `west,south,east,north`, as GeoJSON has it (RFC 7946, 5). West beyond east crosses the antimeridian.
pub(super) struct Corners(BoundingBox);

impl From<Corners> for BoundingBox {
    fn from(corners: Corners) -> Self {
        corners.0
    }
}

impl FromStr for Corners {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let degrees: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
        let Ok([west, south, east, north]) = degrees.as_deref() else {
            return Err("must be west,south,east,north in degrees".to_owned());
        };
        let corner = |lat, lng| GeoPoint::new(lat, lng).map_err(|e| e.to_string());
        let (south_west, north_east) = (corner(*south, *west)?, corner(*north, *east)?);
        if south > north {
            return Err("south must not be beyond north".to_owned());
        }
        Ok(Self(BoundingBox { south_west, north_east }))
    }
}

/// The link to the page behind `after`, everything else as it was asked.
pub(super) fn next_page(query: &str, after: &str) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let pairs: Vec<&str> = kept.collect();
    let after = format!("after={after}");
    let query = pairs.into_iter().chain([after.as_str()]).collect::<Vec<_>>().join("&");
    format!("</api/v1/drivers?{query}>; rel=\"next\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-02-01 00:00 UTC);

    fn wrong(result: Answer<impl Sized>) -> Vec<String> {
        let problem = result.map(drop).unwrap_err();
        problem.errors.into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_position_is_read_or_refused() {
        let read =
            position(r#"{"lat":-23.5,"lng":-46.6,"heading":90,"at":"2026-01-31T12:00:00-03:00"}"#, NOW);
        let read = read.unwrap();
        assert_eq!(
            (read.point.lat(), read.heading, read.at.unix_timestamp()),
            (-23.5, Some(90.0), 1_769_871_600)
        );
        let all = r#"{"lat":91,"lng":-181,"heading":361,"at":"9999-01-01T00:00:00Z","speed":3}"#;
        assert_eq!(wrong(position(all, NOW)), ["lat", "lng", "heading", "at", "speed"]);
        assert_eq!(wrong(position("{}", NOW)), ["lat", "lng"]);
        let early = r#"{"lat":1,"lng":1,"at":"1969-12-31T23:59:59.999Z"}"#;
        assert_eq!(wrong(position(early, NOW)), ["at"]);
    }

    #[test]
    fn a_driver_is_read_or_refused() {
        assert_eq!(driver(r#"{"name":"J","status":"offline"}"#).unwrap().1, DriverStatus::Offline);
        assert_eq!(wrong(driver(r#"{"name":"","status":"asleep"}"#)), ["name", "status"]);
    }

    #[test]
    fn a_box_has_four_corners_in_order() {
        assert!("-46.8,-23.7,-46.4,-23.4".parse::<Corners>().is_ok());
        assert!("170,-10,-170,10".parse::<Corners>().is_ok());
        for bad in ["", "1,2,3", "a,b,c,d", "0,10,0,-10", "0,-91,0,0", "NaN,0,0,0", "1,2,3,4,5"] {
            assert!(bad.parse::<Corners>().is_err(), "{bad}");
        }
        assert_eq!(
            next_page("status=offline&after=a&limit=2", "b"),
            "</api/v1/drivers?status=offline&limit=2&after=b>; rel=\"next\""
        );
    }
}
