//! Tropa.

pub mod telemetry;
