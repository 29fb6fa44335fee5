//! What Tropa decides: the domain, the ports it needs from the outside, and the actors that carry an order from
//! intake to a driver.
//!
//! No I/O happens in this crate. Databases, brokers and services stand behind the traits of [`port`]; whoever
//! assembles a Tropa hands in the adapters. Every port has a conformance suite in `testing` (feature `testing`)
//! that its adapters pass.

mod batch;
pub mod breaker;
mod claims;
pub mod consumer;
pub mod dead_letters;
pub mod domain;
pub mod drivers;
pub mod duty;
pub mod feed;
pub mod fleet_client;
pub mod guard;
pub mod handles;
pub mod intake;
pub mod journal;
pub mod metrics;
pub mod orders;
pub mod port;
pub mod reader;
pub mod relay;
pub mod reply;
pub mod roles;
pub mod settings;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trace;
pub mod tree;
mod trouble;
pub mod upkeep;
