//! The circuit breaker around the fleet service, and nothing else.

mod message;

pub use message::{BreakerSnapshot, BreakerState, GetBreaker};
