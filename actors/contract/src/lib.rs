//! What the actors and the adapters agree on: the domain, and the ports behind which databases, brokers and services
//! stand. Neither side knows the other.
//!
//! No I/O happens in this crate. Every port has a conformance suite in `testing` (feature `testing`) that its adapters
//! pass.

pub mod domain;
pub mod port;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trace;
