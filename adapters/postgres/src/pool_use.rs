//! How the pools of connections stand, for whoever watches.

use deadpool_postgres::{Pool, Status};

use super::PostgresStore;

/// A pool of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Connections it may have.
    pub most: usize,
    /// Of those it has, lent.
    pub used: usize,
    /// Of those it has, not lent.
    pub idle: usize,
    /// Who waits for one.
    pub waiting: usize,
}

impl PostgresStore {
    /// The connections for orders and all that is read.
    pub fn pool(&self) -> PoolUse {
        sight(&self.inner.pool)
    }

    /// Those for the relay and for drivers' positions.
    pub fn relaxed_pool(&self) -> PoolUse {
        sight(&self.inner.relaxed)
    }
}

fn sight(pool: &Pool) -> PoolUse {
    let Status { max_size, size, available, waiting } = pool.status();
    PoolUse { most: max_size, used: size.saturating_sub(available), idle: available, waiting }
}
