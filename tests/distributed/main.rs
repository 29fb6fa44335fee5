//! Tropa on PostgreSQL, RabbitMQ and Redis: the real servers, a database, a vhost and a key prefix of its own per test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]

mod clocks;
mod doctor;
mod fleet;
#[allow(dead_code, reason = "what other test binaries need of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod instances;
#[path = "../faults/owned.rs"]
#[allow(dead_code, reason = "the fault matrix uses the rest")]
mod owned;
mod place;
mod postgres;
#[allow(dead_code, reason = "what other test binaries need of it")]
#[path = "../faults/proxy.rs"]
mod proxy;
mod rabbitmq;
mod redis;
mod roles;
mod servers;
mod shops;
mod startup;
