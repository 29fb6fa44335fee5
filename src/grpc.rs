//! The fleet service over gRPC, `tropa.fleet.v1`: the client for a dispatch side, the server for whoever asks.

pub mod client;
pub mod server;

/// The metadata key of a W3C trace context.
const TRACEPARENT: &str = "traceparent";
/// Why the driver who was named cannot be had, and which order has them.
const UNFIT: &str = "tropa-unfit";
const UNFIT_ORDER: &str = "tropa-unfit-order";
