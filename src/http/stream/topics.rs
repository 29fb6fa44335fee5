//! The topics, a file each.

pub mod actors;
pub mod audit;
pub mod breakers;
pub mod dead_letters;
pub mod drivers;
pub mod instances;
pub mod orders;
pub mod outbox;
pub mod overview;
pub mod pipeline;
mod silent;
