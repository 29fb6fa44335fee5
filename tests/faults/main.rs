//! The fault matrix: real servers, real processes, real faults, and the ten checks after each.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]
#![allow(clippy::cast_possible_wrap, reason = "counts of a test")]
#![allow(dead_code, reason = "the harness and the checker offer what other test binaries use")]

#[path = "../checker/checker.rs"]
mod checker;
mod database;
mod drivers;
mod evidence;
mod extras;
#[path = "../harness/harness.rs"]
mod harness;
mod instance;
mod instances;
mod load;
mod matrix;
mod moment;
mod owned;
mod planted;
mod proxy;
mod scene;
#[path = "../distributed/servers.rs"]
mod servers;
mod sight;
mod stage;
mod witness;
