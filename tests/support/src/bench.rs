//! The real binary and its servers, for a measurement.

pub mod instance;
pub mod server;
pub mod servers;
