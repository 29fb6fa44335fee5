//! What the clock does, and what waits for it.

use prometheus::{Error, Gauge, IntCounter, IntCounterVec};

use super::maker::{Maker, begin};

/// Of the clock that this process goes by.
#[derive(Clone, Debug)]
pub struct ClockMetrics {
    /// `tropa_clock_skew_seconds`: how far the machine's clock is ahead of it.
    pub skew: Gauge,
    /// `tropa_clock_jumps_total{direction}`: its jumps.
    pub jumps: IntCounterVec,
    /// `tropa_driver_index_clock_skew_seconds`: how far the driver index's clock is ahead of it.
    pub index_skew: Gauge,
    /// `tropa_retention_held_back_seconds`: for how much longer than their retention rows are kept, because the clock alone does
    /// not make them old.
    pub retention_held_back: Gauge,
    /// `tropa_prune_rounds_total`: rounds in which everything was deleted that may go.
    pub prune_rounds: IntCounter,
}

impl ClockMetrics {
    pub(super) fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let metrics = Self {
            skew: make.seconds(
                "tropa_clock_skew_seconds",
                "The machine's clock less the one that this process goes by",
            )?,
            jumps: make.counters(
                "tropa_clock_jumps_total",
                "Jumps of the clock that this process goes by",
                &["direction"],
            )?,
            index_skew: make.seconds(
                "tropa_driver_index_clock_skew_seconds",
                "The clock by which drivers fall silent, less the one that this process goes by",
            )?,
            retention_held_back: make.seconds(
                "tropa_retention_held_back_seconds",
                "For how much longer than their retention rows are kept",
            )?,
            prune_rounds: make.counter(
                "tropa_prune_rounds_total",
                "Rounds in which everything was deleted that may be forgotten",
            )?,
        };
        begin(&metrics.jumps, &["forward", "backward"]);
        Ok(metrics)
    }
}
