//! Tropa.

pub mod config;
pub mod embedded;
pub mod sqlite;
pub mod telemetry;
