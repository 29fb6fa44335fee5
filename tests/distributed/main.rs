//! Tropa on PostgreSQL, RabbitMQ and Redis: the real servers, a database, a vhost and a key prefix of its own per test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]

mod clocks;
mod doctor;
mod fleet;
mod instances;
mod place;
mod postgres;
mod rabbitmq;
mod redis;
mod roles;
mod shops;
mod startup;

use tropa_test_support::{harness, owned, proxy, servers};
