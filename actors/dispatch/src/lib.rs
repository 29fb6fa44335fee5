//! The actors that carry an order from intake to a driver, and the tree in which they live.
//!
//! No I/O happens in this crate. Databases, brokers and services stand behind the traits of [`port`]; whoever
//! assembles a Tropa hands in the adapters.

mod batch;
pub mod breaker;
mod claims;
pub mod clerk;
pub mod consumer;
pub mod dead_letters;
pub mod drivers;
pub mod duty;
pub mod feed;
pub mod fleet_client;
pub mod guard;
pub mod handles;
mod hands;
pub mod intake;
pub mod journal;
mod kit;
pub mod metrics;
pub mod orders;
pub mod pipeline;
pub mod reader;
pub mod recorder;
pub mod relay;
pub mod reply;
pub mod roles;
pub mod settings;
#[cfg(feature = "testing")]
pub mod stalls;
pub mod tree;
mod trouble;
pub mod upkeep;

#[cfg(feature = "testing")]
pub use tropa_contract::testing;
pub use tropa_contract::{domain, port, trace};
