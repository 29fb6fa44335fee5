//! What callers send, checked field by field.

use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;
use tonic::Status;
use tropa_dispatch::domain::{self, DriverId, GeoPoint, Report, Unusable};
use tropa_dispatch::port::{self, DriverFilter, Release, SearchRequest};
use tropa_proto::fleet::{
    BoundingBox, DriverStatus, ListDriversRequest, Point, Position, ReleaseDriverRequest,
    SearchDriverRequest, Wait,
};

/// Drivers in one answer, at most.
const MAX_PAGE: u32 = 1_000;
/// More exclusions than an order has tries make no sense.
const MAX_EXCLUDED: usize = 1_000;

fn invalid(field: &str, error: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("{field} {error}"))
}

fn identifier<T: FromStr<Err: std::fmt::Display>>(field: &str, text: &str) -> Result<T, Status> {
    text.parse().map_err(|error| invalid(field, error))
}

/// proto3 does not tell an empty text from none.
fn optional<T: FromStr<Err: std::fmt::Display>>(field: &str, text: &str) -> Result<Option<T>, Status> {
    if text.is_empty() { Ok(None) } else { identifier(field, text).map(Some) }
}

fn point(field: &str, point: Option<Point>) -> Result<GeoPoint, Status> {
    let Point { lat, lng } = point.ok_or_else(|| invalid(field, "is missing"))?;
    GeoPoint::new(lat, lng).map_err(|error| invalid(field, format!(": {error}")))
}

pub(super) fn search(request: SearchDriverRequest) -> Result<SearchRequest, Status> {
    let SearchDriverRequest { order_id, pickup, radius_m, excluded_driver_ids, driver_id, wait: waits } =
        request;
    if excluded_driver_ids.len() > MAX_EXCLUDED {
        return Err(invalid("excluded_driver_ids", format!("must be at most {MAX_EXCLUDED}")));
    }
    let excluded = excluded_driver_ids.iter().map(|id| identifier("excluded_driver_ids", id));
    Ok(SearchRequest {
        order_id: identifier("order_id", &order_id)?,
        pickup: point("pickup", pickup)?,
        radius_m,
        excluded: excluded.collect::<Result<_, _>>()?,
        driver: optional("driver_id", &driver_id)?,
        wait: waits.map(wait).transpose()?,
    })
}

fn wait(Wait { since_us, patience_us }: Wait) -> Result<port::Wait, Status> {
    let since = OffsetDateTime::from_unix_timestamp_nanos(i128::from(since_us) * 1_000);
    Ok(port::Wait {
        since: since.map_err(|error| invalid("wait.since_us", error))?,
        patience: Duration::from_micros(patience_us),
    })
}

pub(super) fn release(request: ReleaseDriverRequest) -> Result<Release, Status> {
    let ReleaseDriverRequest { order_id, driver_id, claim_token } = request;
    Ok(Release {
        driver_id: identifier("driver_id", &driver_id)?,
        order_id: identifier("order_id", &order_id)?,
        token: identifier("claim_token", &claim_token)?,
    })
}

/// `None` when there is no point: one bad position must not end a stream of good ones.
pub(super) fn report(position: &Position) -> Option<(DriverId, Report)> {
    let Point { lat, lng } = position.point?;
    let point = GeoPoint::new(lat, lng).ok()?;
    let mut report = Report { heading: position.heading, ..Report::of(point) };
    if position.at_ms != 0 {
        match OffsetDateTime::from_unix_timestamp_nanos(i128::from(position.at_ms) * 1_000_000) {
            Ok(at) => report.at = Some(at),
            Err(error) => report.unusable.push(Unusable::new("at", error.to_string())),
        }
    }
    Some((position.driver_id.parse().ok()?, report))
}

pub(super) fn filter(request: ListDriversRequest) -> Result<DriverFilter, Status> {
    let ListDriversRequest { status, bbox, limit, after } = request;
    let status = match DriverStatus::try_from(status) {
        Ok(DriverStatus::Unspecified) => None,
        Ok(DriverStatus::Available) => Some(domain::DriverStatus::Available),
        Ok(DriverStatus::Offline) => Some(domain::DriverStatus::Offline),
        Err(_) => return Err(invalid("status", format!("{status} is none"))),
    };
    let bbox = match bbox {
        Some(BoundingBox { south_west, north_east }) => Some(domain::BoundingBox {
            south_west: point("bbox.south_west", south_west)?,
            north_east: point("bbox.north_east", north_east)?,
        }),
        None => None,
    };
    let limit = if limit == 0 { MAX_PAGE } else { limit.min(MAX_PAGE) };
    Ok(DriverFilter { status, bbox, after: optional("after", &after)?, limit })
}
