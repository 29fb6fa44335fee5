//! Tropa.

pub mod embedded;
pub mod sqlite;
pub mod telemetry;
