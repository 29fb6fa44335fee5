//! Tropa.

pub mod app;
pub mod cli;
pub mod config;
pub mod embedded;
pub mod grpc;
pub mod http;
pub mod peers;
pub mod postgres;
pub mod rabbitmq;
pub mod redis;
pub mod sqlite;
pub mod telemetry;
