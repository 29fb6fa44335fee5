//! The fault matrix: real servers, real processes, real faults, and the ten checks after each.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]
#![allow(clippy::cast_possible_wrap, reason = "counts of a test")]

mod database;
mod drivers;
mod evidence;
mod extras;
mod hanging;
mod instance;
mod instances;
mod load;
mod matrix;
mod moment;
mod planted;
mod scene;
mod sight;
mod stage;
mod witness;

use tropa_test_support::{checker, harness, owned, proxy, servers};
