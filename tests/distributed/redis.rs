//! The Redis adapters against a real Redis.

mod claiming;
mod conformance;
mod failover;
mod near;
mod outages;
mod restoring;
mod server;
mod tls;
