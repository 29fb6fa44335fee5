//! The breaker around the fleet service.

use tropa_dispatch::settings::BreakerSettings;

use crate::config::{
    form::{number, seconds, whole},
    sources::{Sources, setting},
};

pub(super) fn read(from: &mut Sources, default: &BreakerSettings) -> BreakerSettings {
    let window =
        setting("breaker.window_seconds", "TROPA_BREAKER_WINDOW_SECONDS", "calls of this long count");
    let calls = setting(
        "breaker.min_calls",
        "TROPA_BREAKER_MIN_CALLS",
        "fewer calls than this never open the breaker",
    );
    let rate = setting(
        "breaker.failure_rate",
        "TROPA_BREAKER_FAILURE_RATE",
        "share of failed or slow calls at which the breaker opens",
    );
    let slow =
        setting("breaker.slow_after_seconds", "TROPA_BREAKER_SLOW_AFTER_SECONDS", "a longer call is slow");
    let open =
        setting("breaker.open_seconds", "TROPA_BREAKER_OPEN_SECONDS", "how long the breaker stays open");
    let probes = setting("breaker.probes", "TROPA_BREAKER_PROBES", "probes while half open");
    let in_flight =
        setting("breaker.max_in_flight", "TROPA_BREAKER_MAX_IN_FLIGHT", "fleet calls in flight, at most");
    BreakerSettings {
        window: from.get(window, seconds(0.1..=3_600.0), default.window),
        min_calls: from.get(calls, whole(1..=1_000_000), default.min_calls),
        failure_rate: from.get(rate, number(0.01..=1.0), default.failure_rate),
        slow_after: from.get(slow, seconds(0.001..=60.0), default.slow_after),
        open_for: from.get(open, seconds(0.01..=3_600.0), default.open_for),
        probes: from.get(probes, whole(1..=1_000), default.probes),
        max_in_flight: from.get(in_flight, whole(1..=1_000_000), default.max_in_flight),
    }
}
