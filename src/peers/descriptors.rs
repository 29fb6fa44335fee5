//! File descriptors: a connection is one, and so is everything else that is open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files, connections to servers and what the runtime needs, beside connections.
const OTHERS: u64 = 256;

/// Raises the soft limit to the hard one: a shell's default, 1,024, is for programs that use `select`. Returns the limit.
pub fn raise() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    now.unwrap_or(u64::MAX)
}

/// How many connections each of `listeners` can have, of those that are wanted, with so many descriptors.
pub fn connections(wanted: usize, listeners: u64, descriptors: u64) -> usize {
    let each = descriptors.saturating_sub(OTHERS) / listeners.max(1);
    wanted.min(usize::try_from(each).unwrap_or(usize::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_rest() {
        assert_eq!(connections(10_000, 2, u64::MAX), 10_000);
        assert_eq!(connections(10_000, 2, 1_024), 384);
        assert_eq!(connections(100, 2, 1_024), 100);
        assert_eq!(connections(10_000, 2, 16), 1);
    }
}
