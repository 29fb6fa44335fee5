//! The crate's behaviour, as the authors of actors meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "senders here are no actors: they live on plain tasks")]

mod cast;
mod chaos;
mod dynamic;
mod effects;
mod escalation;
mod failures;
mod fairness;
mod hangs;
mod loops;
mod mailbox;
mod replies;
mod restarts;
mod schedules;
mod shutdown;
mod stage;
mod strategies;
mod supervisors;
