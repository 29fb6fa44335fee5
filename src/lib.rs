//! Tropa.

pub mod embedded;
pub mod telemetry;
