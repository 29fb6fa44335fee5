//! The rule book: what a write means, whichever store keeps it. Pure: a store looks up what is asked, and writes what is said.

mod acceptance;
mod batch_facts;
mod pages;
mod questions;
mod ruling;
#[cfg(all(test, feature = "testing"))]
mod tests;

pub use acceptance::{Known, Obstacle, keys};
pub use batch_facts::BatchFacts;
pub use pages::{page, page_size, page_start, status};
pub use questions::Questions;
pub use ruling::{Driving, Facts, Message, Rows, Ruling, Standing, Step, decide};

/// The one consumer of events that has inbox rows.
pub const CONSUMER: &str = "dispatch";
