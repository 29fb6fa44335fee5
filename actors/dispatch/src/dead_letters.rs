//! The DeadLetterDrain actor: parked messages become rows that people see, replay or discard.

mod message;

pub use message::{DeadLetterError, DiscardDeadLetters, ReplayDeadLetters, Replayed, Selection};
