//! The checker, checked against real runs: each bug that earlier systems had is planted behind a port of a Tropa that is
//! otherwise ours, on the real servers. With the bug the run is red in its own check, without it the same run is green.

mod acking;
mod claiming;
mod confirming;
mod cursor;
mod deciding;
mod gate;
mod leasing;
pub mod rig;

/// Whether the bug is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    Planted,
    Absent,
}

/// The checks that must fail.
fn expected(bug: Bug, red: &[u8]) -> Vec<u8> {
    if bug == Bug::Planted { red.to_vec() } else { Vec::new() }
}

/// How long a run is given to come right: a bug is not cured by waiting.
fn patience(bug: Bug) -> std::time::Duration {
    std::time::Duration::from_secs(if bug == Bug::Planted { 8 } else { 30 })
}
