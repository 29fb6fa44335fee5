//! How the connections to the file stand, for whoever watches.

use super::SqliteStore;

/// The connections of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Connections there are.
    pub connections: usize,
    /// Of these, at work.
    pub used: usize,
    /// What waits for one.
    pub waiting: usize,
}

impl SqliteStore {
    /// The connections that read. A few threads own them.
    pub fn reading(&self) -> PoolUse {
        let (connections, used, waiting) = self.readers.sight();
        PoolUse { connections, used, waiting }
    }

    /// The one connection that writes. What waits for it shares the next transaction.
    pub fn writing(&self) -> PoolUse {
        let waiting = self.requests.max_capacity() - self.requests.capacity();
        PoolUse { connections: 1, used: usize::from(waiting > 0), waiting }
    }
}
