//! Tropa in standalone mode, as its users meet it: the real binary, real sockets, a data folder of its own per test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]
#![allow(clippy::cast_possible_wrap, reason = "counts of a test")]

mod chaos;
mod checks;
mod cli;
mod clocks;
mod collector;
mod dashboards;
mod drawing;
mod drivers;
mod faulty;
mod fleet;
mod hanging;
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

use tropa_test_support::{checker, harness};
