//! What callers are answered.

use tropa_dispatch::domain;
use tropa_dispatch::port::Claim;
use tropa_proto::fleet::{Driver, DriverStatus, Point, SearchDriverResponse};

pub(super) fn claim(claim: Claim) -> SearchDriverResponse {
    let Claim { driver_id, driver_name, distance_m, token } = claim;
    SearchDriverResponse { driver_id: driver_id.into(), driver_name, distance_m, claim_token: token.into() }
}

pub(super) fn driver(driver: domain::Driver) -> Driver {
    let domain::Driver { id, name, status, position, order_id } = driver;
    let status = match status {
        domain::DriverStatus::Available => DriverStatus::Available,
        domain::DriverStatus::Offline => DriverStatus::Offline,
    };
    let seen_at_ms = position.map_or(0, |position| position.at.unix_timestamp_nanos() / 1_000_000);
    Driver {
        id: id.into(),
        name,
        status: status.into(),
        point: position.map(|position| Point { lat: position.point.lat(), lng: position.point.lng() }),
        seen_at_ms: i64::try_from(seen_at_ms).unwrap_or_default(),
        order_id: order_id.map(Into::into).unwrap_or_default(),
    }
}
