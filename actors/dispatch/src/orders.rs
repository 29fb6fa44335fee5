//! One aggregate actor per order, behind supervised shards.

mod message;

pub use message::{Command, CommandError, CommandOrder};
