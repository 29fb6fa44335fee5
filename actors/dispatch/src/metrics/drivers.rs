//! What is heard of drivers, and of whom nothing is.

use prometheus::{Error, IntCounter, IntCounterVec, IntGauge};

use super::maker::{Maker, begin};
use crate::domain::Unassignable;

/// Of drivers and their positions.
#[derive(Clone, Debug)]
pub struct DriverMetrics {
    /// `tropa_orders_driver_silent`: dispatched orders whose driver is silent.
    pub silent: IntGauge,
    /// `tropa_positions_total{outcome}`: positions reported, by whether their driver can be given orders, and why not.
    pub positions: IntCounterVec,
    /// `tropa_positions_late_total`: those of them that were older than what was known.
    pub late: IntCounter,
    /// `tropa_position_fields_unusable_total{field}`: what was left out of reports because it made no sense.
    pub fields_unusable: IntCounterVec,
}

impl DriverMetrics {
    pub(super) fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let metrics = Self {
            silent: make.gauge(
                "tropa_orders_driver_silent",
                "Dispatched orders whose driver is not heard of any more",
            )?,
            positions: make.counters(
                "tropa_positions_total",
                "Positions reported, by whether their driver can be given orders",
                &["outcome"],
            )?,
            late: make.counter(
                "tropa_positions_late_total",
                "Positions reported that were older than the driver's last, by the device's clock: heard, but nobody moved",
            )?,
            fields_unusable: make.counters(
                "tropa_position_fields_unusable_total",
                "Fields left out of reported positions because they made no sense",
                &["field"],
            )?,
        };
        begin(&metrics.positions, &Unassignable::ALL.map(Unassignable::as_str));
        begin(&metrics.positions, &["assignable", "unknown", "no_fix"]);
        begin(&metrics.fields_unusable, &["heading", "at", "other"]);
        Ok(metrics)
    }
}
