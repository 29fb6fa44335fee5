//! Tropa.

pub mod app;
pub mod cli;
pub mod config;
pub mod grpc;
pub mod http;
pub mod peers;
pub mod telemetry;
