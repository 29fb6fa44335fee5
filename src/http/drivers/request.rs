//! What is said about drivers, and how it is read.

use std::str::FromStr;

use tropa_dispatch::domain::{BoundingBox, DriverStatus, GeoPoint};

use crate::http::json::{Text, parsed, request};

request! {
    /// A driver.
    pub(in crate::http) struct PutDriver {
        /// Their name.
        #[schema(example = "João da Silva")]
        name: String = required Text { min_length = 1, max_length = 100 };
        /// Whether they take orders.
        status: DriverStatus = required parsed;
    }
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
    use crate::http::{json::Request, problem::Answer};

    fn wrong(result: Answer<impl Sized>) -> Vec<String> {
        let problem = result.map(drop).unwrap_err();
        problem.errors.into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_driver_is_read_or_refused() {
        assert_eq!(
            PutDriver::read(r#"{"name":"J","status":"offline"}"#).unwrap().status,
            DriverStatus::Offline
        );
        assert_eq!(wrong(PutDriver::read(r#"{"name":"","status":"asleep"}"#)), ["name", "status"]);
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
