//! Tropa in standalone mode, as its users meet it: the real binary, real sockets, a data folder of its own per test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]
#![allow(clippy::cast_possible_wrap, reason = "counts of a test")]

mod chaos;
#[path = "../checker/checker.rs"]
mod checker;
mod checks;
mod cli;
mod clocks;
mod collector;
mod dashboards;
mod drivers;
mod faulty;
mod fleet;
#[allow(dead_code, reason = "what other test binaries need of it")]
#[path = "../harness/harness.rs"]
mod harness;
mod http;
mod instances;
mod load;
mod metrics;
mod outage;
mod pipeline;
mod production;
mod queue;
mod rig;
mod shops;
mod traces;
