//! What a device says about where it is: how it is read, and what is answered.
//!
//! The point is what matters. Everything else is left out when it makes no sense, and the answer names it.

use serde::Serialize;
use serde_json::value::RawValue;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tropa_dispatch::{
    domain::{Report, Unassignable, Unusable},
    drivers::PositionsReported,
    port::Excluded,
};
use utoipa::ToSchema;

use crate::http::{
    json::{self, Fields, NO_NUMBERS, timestamp, without_nan},
    orders::schema::PointInput,
    problem::{Answer, FieldError, Kind, Problem},
};

// Described apart from `report_fields`: what that refuses, and what it leaves out, depends on whether there is a point.
/// Where a driver is. Further members are passed over, and named in the answer.
#[derive(ToSchema)]
#[schema(as = PositionReport)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct PositionSchema {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90, example = -23.55)]
    lat: f64,
    /// Degrees east. 0,0 is refused: that is what a receiver without a fix says. Who was not silent stays where they were, and
    /// was heard of.
    #[schema(minimum = -180, maximum = 180, example = -46.63)]
    lng: f64,
    /// Degrees clockwise from north, 0 to 360. `null`, -1, an empty text: not known. What makes no sense is left out, and
    /// named in the answer.
    #[schema(value_type = Option<serde_json::Value>, example = 90)]
    heading: Option<serde_json::Value>,
    /// When, by the device's clock, RFC 3339; now when left out. Believed within 30 s of the server's clock; what is
    /// further off is taken for the nearest time that is not, and named in the answer.
    #[schema(value_type = Option<serde_json::Value>, example = "2026-01-31T12:00:00Z")]
    at: Option<serde_json::Value>,
}

/// What became of a position.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PositionTaken)]
pub(in crate::http) struct TakenView {
    /// Whether the driver can be given orders now.
    assignable: bool,
    /// Why not; `null` when they can.
    unassignable_reason: Option<Unassignable>,
    /// Whether that is where they are now. If not, the report is older, by the device's clock, than their last position: they
    /// were heard of, and not moved. `ignored` says so, too.
    moved: bool,
    /// What of the report made no sense, and was left out.
    ignored: Vec<FieldError>,
}

/// Accepted positions of drivers who cannot be given orders, by why.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PositionsUnassignable)]
pub(super) struct ExcludedView {
    /// Take no orders.
    offline: u64,
    /// Have one.
    has_order: u64,
    /// Nobody knows where they are.
    no_position: u64,
    /// Heard of too long ago.
    silent: u64,
}

impl ExcludedView {
    pub(super) fn add(&mut self, Excluded { offline, has_order, no_position, silent }: Excluded) {
        self.offline += offline;
        self.has_order += has_order;
        self.no_position += no_position;
        self.silent += silent;
    }
}

impl From<Unusable> for FieldError {
    fn from(Unusable { field, detail }: Unusable) -> Self {
        Self { field, detail }
    }
}

/// What is wrong with a point that is no fix.
pub(super) fn no_fix() -> Vec<FieldError> {
    ["lat", "lng"].map(|field| Unusable::new(field, tropa_dispatch::domain::NoFix.to_string()).into()).into()
}

/// What was left out of a report, each field once; `late` is when the position is of that stands in its stead.
pub(super) fn left_out(unusable: Vec<Unusable>, late: Option<OffsetDateTime>) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = unusable.into_iter().map(Into::into).collect();
    if let Some(late) = late.map(self::late) {
        match errors.iter_mut().find(|error| error.field == late.field) {
            Some(error) => error.detail = format!("{}; {}", error.detail, late.detail),
            None => errors.push(late),
        }
    }
    errors
}

/// What is wrong with a position that moved nobody, because another stands.
fn late(stands: OffsetDateTime) -> FieldError {
    let stands = stands.format(&Rfc3339).unwrap_or_else(|_| stands.to_string());
    let detail =
        format!("is before {stands}, which the last position is of: the driver was heard of, and not moved");
    Unusable::new("at", detail).into()
}

/// The answer to a report that was alone.
pub(super) fn taken(reported: PositionsReported) -> Answer<TakenView> {
    if !reported.no_fix.is_empty() {
        return Err(Problem::invalid(no_fix()));
    }
    if !reported.unknown.is_empty() {
        return Err(Problem::new(Kind::NotFound, "no such driver"));
    }
    let why = reported.excluded.first().map(|(_, why)| *why);
    let late = reported.late.first().map(|(_, stands)| *stands);
    let unusable = reported.unusable.into_iter().flat_map(|(_, fields)| fields).collect();
    Ok(TakenView {
        assignable: why.is_none(),
        unassignable_reason: why,
        moved: late.is_none(),
        ignored: left_out(unusable, late),
    })
}

/// Whether a text is as it came, or had bare words in it that are no JSON, and are in quotes now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    Json,
    Mended,
}

/// Reads JSON that a device wrote. Python and others write NaN where they know no number: that loses nobody a position.
pub(super) fn read<T>(text: &str, decode: impl Fn(&mut Fields, Wording) -> Option<T>) -> Answer<T> {
    json::read(text, |f| decode(f, Wording::Json)).or_else(|problem| match problem.kind {
        Kind::Malformed => json::read(&without_nan(text), |f| decode(f, Wording::Mended)),
        _ => Err(problem),
    })
}

/// Reads `POST /api/v1/drivers/{id}/position`.
pub(super) fn report(body: &str) -> Answer<Report> {
    read(body, report_fields)
}

/// The fields of a report, alone or on a line of many.
pub(super) fn report_fields(f: &mut Fields, wording: Wording) -> Option<Report> {
    let point = PointInput::point(f)?;
    let mut unusable = Vec::new();
    let mut noted = |field: &str, detail: String| unusable.push(Unusable::new(field, detail));
    let heading =
        f.lenient("heading", |raw| bare(raw, wording).and_then(|()| degrees(raw))).unwrap_or_else(|detail| {
            noted("heading", detail);
            None
        });
    let at = f.lenient("at", |raw| {
        bare(raw, wording)?;
        if is_nothing(raw) { Ok(None) } else { timestamp(raw).map(Some) }
    });
    let at = at.unwrap_or_else(|detail| {
        noted("at", detail);
        None
    });
    for name in f.pass_over_the_rest() {
        noted(&name, "is not a field of this request".to_owned());
    }
    Some(Report { point, heading, at, unusable })
}

/// What some write for something that they do not know.
fn is_nothing(raw: &RawValue) -> bool {
    let text = raw.get().trim_matches('"').trim();
    raw.get().starts_with('"') && ["", "null", "NaN", "nan", "unknown", "undefined"].contains(&text)
}

/// Whoever writes what is no JSON is told.
fn bare(raw: &RawValue, wording: Wording) -> Result<(), String> {
    let word = raw.get().trim_matches('"');
    if wording == Wording::Mended && NO_NUMBERS.contains(&word) {
        return Err(format!("{word} is no JSON: write null for what is not known"));
    }
    Ok(())
}

/// A number, in quotes or not.
fn degrees(raw: &RawValue) -> Result<Option<f64>, String> {
    if is_nothing(raw) {
        return Ok(None);
    }
    let number = raw.get().trim_matches('"').trim().parse::<f64>();
    number.map(Some).map_err(|_| "must be a number from 0 to 360".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Vec<String> {
        report(body).unwrap().unusable.into_iter().map(|left_out| left_out.field).collect()
    }

    #[test]
    fn a_position_is_read() {
        let read =
            report(r#"{"lat":-23.5,"lng":-46.6,"heading":90,"at":"2026-01-31T12:00:00-03:00"}"#).unwrap();
        assert_eq!((read.point.lat(), read.heading), (-23.5, Some(90.0)));
        assert_eq!(read.at.unwrap().unix_timestamp(), 1_769_871_600);
        assert_eq!(read.unusable, []);
    }

    #[test]
    fn what_is_optional_costs_nobody_a_position() {
        for unknown in ["null", "\"\"", "\"NaN\""] {
            let read = report(&format!(r#"{{"lat":1,"lng":2,"heading":{unknown}}}"#)).unwrap();
            assert_eq!((read.heading, read.unusable), (None, vec![]), "{unknown}");
        }
        for bare in ["NaN", "-nan", "-Infinity"] {
            let read = report(&format!(r#"{{"lat":1,"lng":2,"heading":{bare},"at":{bare}}}"#)).unwrap();
            assert_eq!((read.heading, read.at, read.unusable.len()), (None, None, 2), "{bare}");
            assert!(read.unusable[0].detail.starts_with(bare), "{:?}", read.unusable);
        }
        assert_eq!(report(r#"{"lat":1,"lng":2,"heading":" 90.5 "}"#).unwrap().heading, Some(90.5));
        assert_eq!(report(r#"{"lat":1,"lng":2,"heading":"90.5"}"#).unwrap().heading, Some(90.5));
        assert_eq!(named(r#"{"lat":1,"lng":2,"heading":"north","at":1769871600}"#), ["heading", "at"]);
        assert_eq!(
            named(r#"{"lat":1,"lng":2,"heading":{},"heading":1,"speed":3,"at":""}"#),
            ["heading", "speed"]
        );
        assert_eq!(named(r#"{"lat":1,"lng":2,"at":"yesterday"}"#), ["at"]);
    }

    #[test]
    fn without_a_point_there_is_no_position() {
        let wrong = |body| {
            let problem: Problem = report(body).map(drop).unwrap_err();
            problem.errors.into_iter().map(|e| e.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(r#"{"lat":91,"lng":-181}"#), ["lat", "lng"]);
        assert_eq!(wrong(r#"{"lat":NaN,"lng":null,"heading":400}"#), ["lat", "lng", "heading"]);
        assert_eq!(wrong(r#"{"latitude":1,"lng":"2"}"#), ["lat", "lng", "latitude"]);
        assert_eq!(report("no json").unwrap_err().status(), 400);
    }
}
