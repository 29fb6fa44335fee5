//! What a device says about where it is, and what of it can be used.
//!
//! The essential is where. What is said besides, and makes no sense, is left out and named; it does not cost the rest.

use time::OffsetDateTime;

use super::{CLOCK_SLACK, GeoPoint, Position};

/// What a device says about where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Where.
    pub point: GeoPoint,
    /// Degrees clockwise from north, as they came.
    pub heading: Option<f64>,
    /// When, by its clock; `None`: now.
    pub at: Option<OffsetDateTime>,
    /// What could not even be read.
    pub unusable: Vec<Unusable>,
}

/// Something in a report that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What, by its name in the API.
    pub field: String,
    /// Why: lower case, no full stop.
    pub detail: String,
}

impl Unusable {
    /// `field` was left out because of `detail`.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

/// The report names a point, but none where anybody was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("0,0 is what a receiver without a fix says: not taken for a position")]
pub struct NoFix;

impl Report {
    /// Somebody is there, now.
    pub fn of(point: GeoPoint) -> Self {
        Self { point, heading: None, at: None, unusable: Vec::new() }
    }

    /// What it says, heard now; and what of it was left out.
    pub fn position(self, now: OffsetDateTime) -> Result<(Position, Vec<Unusable>), NoFix> {
        let Self { point, heading, at, mut unusable } = self;
        if point.lat() == 0.0 && point.lng() == 0.0 {
            return Err(NoFix);
        }
        let heading = heading.and_then(|degrees| match course(degrees) {
            Ok(course) => course,
            Err(detail) => {
                unusable.push(Unusable::new("heading", detail));
                None
            }
        });
        let at = at.unwrap_or(now);
        if let Some(detail) = doubt(at, now) {
            unusable.push(Unusable::new("at", detail));
        }
        Ok((Position { point, heading, at, heard_at: now }.heard(now), unusable))
    }
}

/// The direction that is meant. A phone that stands still has none: iOS then says -1, a browser null, and NaN in older ones.
/// North is 0 to most and 360 to some.
fn course(degrees: f64) -> Result<Option<f64>, String> {
    match degrees {
        -1.0 => Ok(None),
        _ if degrees.is_nan() => Ok(None),
        360.0 => Ok(Some(0.0)),
        // Not -0.
        0.0..360.0 => Ok(Some(degrees + 0.0)),
        _ => Err(format!("must be from 0 to 360 degrees, got {degrees}")),
    }
}

/// What is wrong with the device's clock.
fn doubt(at: OffsetDateTime, now: OffsetDateTime) -> Option<String> {
    let slack = CLOCK_SLACK.as_secs();
    if at > now + CLOCK_SLACK {
        return Some(format!(
            "is {} s ahead of the server's clock: taken for now",
            (at - now).whole_seconds()
        ));
    }
    let behind = (now - at).whole_seconds();
    (at < now - CLOCK_SLACK)
        .then(|| format!("is {behind} s behind the server's clock: taken for {slack} s ago"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(report: Report) -> (Position, Vec<String>) {
        let (position, unusable) = report.position(now()).unwrap();
        (position, unusable.into_iter().map(|left_out| left_out.field).collect())
    }

    fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000)
    }

    fn somewhere() -> Report {
        Report::of(GeoPoint::new(-23.55, -46.63).unwrap())
    }

    #[test]
    fn what_devices_say_for_unknown_is_unknown() {
        for (said, meant) in [(-1.0, None), (f64::NAN, None), (360.0, Some(0.0)), (359.9, Some(359.9))] {
            let (position, left_out) = judged(Report { heading: Some(said), ..somewhere() });
            assert_eq!((position.heading, left_out.len()), (meant, 0), "{said}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out_and_named() {
        for nonsense in [-90.0, 360.1, f64::INFINITY] {
            let (position, left_out) = judged(Report { heading: Some(nonsense), ..somewhere() });
            assert_eq!((position.heading, left_out), (None, vec!["heading".to_owned()]), "{nonsense}");
        }
        for (hours, seen) in [(1, 0), (-1, -30)] {
            let (position, left_out) =
                judged(Report { at: Some(now() + time::Duration::hours(hours)), ..somewhere() });
            assert_eq!(position.at, now() + time::Duration::seconds(seen));
            assert_eq!((position.heard_at, left_out), (now(), vec!["at".to_owned()]));
        }
        let unread = vec![Unusable::new("speed", "is unknown")];
        assert_eq!(
            judged(Report { unusable: unread, ..somewhere() }).1,
            ["speed"],
            "and what was not even read"
        );
    }

    #[test]
    fn a_receiver_without_a_fix_is_nowhere() {
        for (lat, lng) in [(0.0, 0.0), (-0.0, 0.0)] {
            assert_eq!(Report::of(GeoPoint::new(lat, lng).unwrap()).position(now()), Err(NoFix));
        }
        assert!(Report::of(GeoPoint::new(0.0, 0.1).unwrap()).position(now()).is_ok());
    }
}
