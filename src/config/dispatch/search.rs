//! How a driver is looked for, and when it is given up.

use tropa_dispatch::{domain::GeoPoint, port::RADIUS_M, settings::Settings};

use crate::config::{
    form::{Form, ascending, seconds, switch, whole},
    sources::{Setting, Sources, setting},
};

const RETRY_INITIAL: Setting = setting(
    "dispatch.retry_initial_seconds",
    "TROPA_RETRY_INITIAL_SECONDS",
    "first back-off of a failed try; doubles with full jitter",
);
const RETRY_MAX: Setting =
    setting("dispatch.retry_max_seconds", "TROPA_RETRY_MAX_SECONDS", "largest back-off of a failed try");

pub(super) fn read(from: &mut Sources, s: &mut Settings) {
    let pickup = setting(
        "dispatch.default_pickup",
        "TROPA_DEFAULT_PICKUP",
        "where an order without pickup is fetched",
    );
    let radii = setting(
        "dispatch.search_radii_metres",
        "TROPA_SEARCH_RADII_METRES",
        "search radii, one after the other",
    );
    let deadline = setting(
        "dispatch.deadline_seconds",
        "TROPA_DISPATCH_DEADLINE_SECONDS",
        "without a driver for this long: MANUAL_DISPATCH, no_driver",
    );
    let fallback = setting(
        "dispatch.fallback_after_seconds",
        "TROPA_FALLBACK_AFTER_SECONDS",
        "without the fleet service for this long: MANUAL_DISPATCH, fleet_unavailable; 0 = at once",
    );
    let redispatch = setting(
        "dispatch.auto_redispatch",
        "TROPA_AUTO_REDISPATCH",
        "send those back through dispatch when the fleet service is back",
    );
    let rescue = setting(
        "dispatch.rescue_after_seconds",
        "TROPA_RESCUE_AFTER_SECONDS",
        "pending for this long and past its deadline, its message lost by the broker: an order goes through dispatch again",
    );
    let attempts = setting(
        "dispatch.max_attempts",
        "TROPA_MAX_ATTEMPTS",
        "tries of one job before it becomes a dead letter",
    );
    let fleet = setting("fleet.deadline_seconds", "TROPA_FLEET_DEADLINE_SECONDS", "deadline of a fleet call");
    let claim = setting(
        "fleet.claim_lease_seconds",
        "TROPA_CLAIM_LEASE_SECONDS",
        "a claim on a driver lasts this long unless it is committed",
    );
    let again = setting(
        "dispatch.ask_again_seconds",
        "TROPA_ASK_AGAIN_SECONDS",
        "an order that waits for a driver asks again after this, and then less and less often: for what got lost, because who \
         comes free is given to it and wakes it",
    );
    let silent = setting(
        "fleet.driver_max_age_seconds",
        "TROPA_DRIVER_MAX_AGE_SECONDS",
        "a driver silent for longer is not given orders",
    );
    s.default_pickup = from.get(pickup, point(), s.default_pickup);
    s.search_radii_m = from.get(radii, ascending(RADIUS_M), s.search_radii_m.clone());
    s.dispatch_deadline = from.get(deadline, seconds(0.0..=604_800.0), s.dispatch_deadline);
    s.fallback_after = from.get(fallback, seconds(0.0..=604_800.0), s.fallback_after);
    s.auto_redispatch = from.get(redispatch, switch(), s.auto_redispatch);
    s.rescue_after = from.get(rescue, seconds(1.0..=604_800.0), s.rescue_after);
    s.max_attempts = from.get(attempts, whole(1..=100), s.max_attempts);
    s.retry_initial = from.get(RETRY_INITIAL, seconds(0.001..=3_600.0), s.retry_initial);
    s.retry_max = from.get(RETRY_MAX, seconds(0.001..=86_400.0), s.retry_max);
    if s.retry_max < s.retry_initial {
        from.refuse(RETRY_MAX, format!("must not be less than {}", RETRY_INITIAL.variable));
    }
    s.ask_again = from.get(again, seconds(0.001..=86_400.0), s.ask_again);
    s.fleet_deadline = from.get(fleet, seconds(0.01..=60.0), s.fleet_deadline);
    s.claim_lease = from.get(claim, seconds(1.0..=3_600.0), s.claim_lease);
    s.driver_max_age = from.get(silent, seconds(1.0..=86_400.0), s.driver_max_age);
}

fn point() -> Form<GeoPoint> {
    let parse = |text: &str| {
        let (lat, lng) = text.split_once(',')?;
        GeoPoint::new(lat.trim().parse().ok()?, lng.trim().parse().ok()?).ok()
    };
    Form::new("latitude,longitude in degrees", parse, |p| format!("{},{}", p.lat(), p.lng()))
}
