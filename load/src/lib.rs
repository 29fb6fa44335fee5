//! Load for a Tropa, over HTTP like everybody's: orders at a fixed rate, honestly measured ([`loadgen`]), and a small city
//! that lives ([`simulate`]).

pub mod loadgen;
pub mod simulate;
mod wire;

pub use wire::Target;
