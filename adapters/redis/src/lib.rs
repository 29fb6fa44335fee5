//! Redis behind the ports of distributed mode: leases on events, drivers by place and the registry of instances,
//! shared by any number of them.
//!
//! Nothing in it is the truth. Redis may come back empty at any time: leases are an optimisation, and the driver index is
//! filled again from the store and the road.
//!
//! Every method of a port is one script, so one atomic step. Every key begins with `{prefix}`, a hash tag: on a Redis
//! Cluster all of them lie on one slot, and scripts may touch several. Time is Redis' own (`TIME`, `PX`), in scripts as in
//! expiries: instances whose clocks disagree must still agree on when a lease is over and who is silent.
//!
//! Redis must not evict (`maxmemory-policy noeviction`): an index that lost some keys looks complete.

mod address;
mod connection;
mod connections;
mod driver_index;
mod examine;
mod instances;
mod leases;
mod outage;
mod script;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use address::AddressError;
pub use connections::{CallError, Connections};
pub use driver_index::RedisDriverIndex;
pub use examine::{Examined, examine};
pub use instances::RedisInstances;
pub use leases::RedisLeases;
pub use script::{Call, Script};

/// How Redis is reached.
#[derive(Clone)]
pub struct Options {
    /// `redis://user:password@host:port/db`, or `rediss://` with TLS; user, password, port and database may be left out.
    pub url: String,
    /// A PEM file of authorities that may vouch for the server, besides the system's own.
    pub ca: Option<PathBuf>,
    /// What every key begins with; who shares a Redis takes different ones.
    pub prefix: String,
    /// Connections, at least 1, used in turn. Each carries many requests at a time.
    pub pool: u32,
    /// A call is answered by then, connecting included, or has failed.
    pub timeout: Duration,
}

impl Options {
    /// The defaults of this type: prefix `tropa`, 2 connections, 250 ms. The configuration has its own.
    pub fn new(url: impl Into<String>) -> Self {
        let timeout = Duration::from_millis(250);
        Self { url: url.into(), ca: None, prefix: "tropa".to_owned(), pool: 2, timeout }
    }
}

impl fmt::Debug for Options {
    /// Without the URL: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("prefix", &self.prefix)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
