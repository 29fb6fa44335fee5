//! Threads, and how long they get to finish.

use std::time::Duration;

use super::{
    form::{seconds, whole},
    sources::{Sources, setting},
};

/// More than these have nobody to live on them: the pipeline has two shards and four consumers, unless told otherwise.
const ARBITERS: usize = 8;

/// What the process runs on.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Threads of the shared tokio runtime.
    pub threads: usize,
    /// Arbiter threads for actors.
    pub arbiters: usize,
    /// A shutdown that takes longer is cut short.
    pub shutdown_deadline: Duration,
}

impl RuntimeConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let threads = setting(
            "runtime.threads",
            "TROPA_RUNTIME_THREADS",
            "threads of the shared runtime, which moves bytes and decides nothing; default: a quarter of the cores",
        );
        let arbiters = setting(
            "runtime.arbiters",
            "TROPA_RUNTIME_ARBITERS",
            "threads that actors live on: one serves the edges, the pipeline spreads over the others; default: cores, at most 8",
        );
        let deadline = setting(
            "runtime.shutdown_deadline_seconds",
            "TROPA_SHUTDOWN_DEADLINE_SECONDS",
            "a shutdown that takes longer is cut short; nothing is lost either way",
        );
        Self {
            threads: from.get(threads, whole(1..=256), io_threads(cores)),
            arbiters: from.get(arbiters, whole(1..=64), cores.min(ARBITERS)),
            shutdown_deadline: from.get(deadline, seconds(0.1..=3_600.0), Duration::from_secs(30)),
        }
    }
}

/// Each event that finds several threads asleep wakes two, one to work and one to see whether there is more: at 50 orders a
/// second that was half of all wake-ups. One thread moves what three cores' worth of actors and HTTP workers ask for.
fn io_threads(cores: usize) -> usize {
    (cores / 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_machine_has_one_thread_to_wake() {
        assert_eq!([1, 2, 4, 8, 64].map(io_threads), [1, 1, 1, 2, 16]);
    }
}
