//! What the actors and the adapters agree on: the domain, the ports behind which databases, brokers and services stand, and the
//! rules by which a store keeps orders. Neither side knows the other.
//!
//! No I/O happens in this crate. Every port has a conformance suite in `testing` (feature `testing`) that its adapters
//! pass.

pub mod domain;
pub mod port;
pub mod rules;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trace;
