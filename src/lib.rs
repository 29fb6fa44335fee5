//! Tropa.

pub mod config;
pub mod embedded;
pub mod grpc;
pub mod sqlite;
pub mod telemetry;
