//! What callers are answered.

use time::OffsetDateTime;
use tropa_dispatch::domain;
use tropa_dispatch::drivers::PositionsReported;
use tropa_dispatch::port::{Claim, Excluded};
use tropa_proto::fleet::{Driver, DriverStatus, Point, ReportPositionsResponse, SearchDriverResponse};

pub(super) fn claim(claim: Claim) -> SearchDriverResponse {
    let Claim { driver_id, driver_name, distance_m, token } = claim;
    SearchDriverResponse { driver_id: driver_id.into(), driver_name, distance_m, claim_token: token.into() }
}

pub(super) fn driver(driver: domain::Driver) -> Driver {
    let unassignable = driver.unassignable().map_or("", domain::Unassignable::as_str);
    let domain::Driver { id, name, status, position, order_id, silent: _ } = driver;
    let status = match status {
        domain::DriverStatus::Available => DriverStatus::Available,
        domain::DriverStatus::Offline => DriverStatus::Offline,
    };
    Driver {
        id: id.into(),
        name,
        status: status.into(),
        point: position.map(|position| Point { lat: position.point.lat(), lng: position.point.lng() }),
        seen_at_ms: milliseconds(position.map(|position| position.at)),
        order_id: order_id.map(Into::into).unwrap_or_default(),
        unassignable_reason: unassignable.to_owned(),
        heard_at_ms: milliseconds(position.map(|position| position.heard_at)),
    }
}

/// 0 for none.
fn milliseconds(at: Option<OffsetDateTime>) -> i64 {
    at.and_then(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()).unwrap_or_default()
}

/// What became of so many positions.
pub(super) fn reported(reported: &PositionsReported, came: u64) -> ReportPositionsResponse {
    let PositionsReported { accepted, excluded, late, unusable, unknown: _, no_fix: _ } = reported;
    let Excluded { offline, has_order, no_position, silent } = Excluded::count(excluded);
    let (rejected, incomplete) = (came - accepted, unusable.len() as u64);
    ReportPositionsResponse {
        accepted: *accepted,
        rejected,
        incomplete,
        offline,
        has_order,
        no_position,
        silent,
        late: late.len() as u64,
    }
}

pub(super) fn add(sum: &mut ReportPositionsResponse, more: ReportPositionsResponse) {
    let ReportPositionsResponse {
        accepted,
        rejected,
        incomplete,
        offline,
        has_order,
        no_position,
        silent,
        late,
    } = more;
    sum.accepted += accepted;
    sum.rejected += rejected;
    sum.incomplete += incomplete;
    sum.offline += offline;
    sum.has_order += has_order;
    sum.no_position += no_position;
    sum.silent += silent;
    sum.late += late;
}
