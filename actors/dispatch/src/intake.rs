//! The Intake actor: where orders become durable.

mod message;

pub use message::{Submit, SubmitError, Submitted};
