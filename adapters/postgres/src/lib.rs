//! The system of record in PostgreSQL: the adapter of [`OrderStore`], [`Outbox`], [`DeadLetters`], [`DriverStore`],
//! [`Audit`], [`Operations`] and [`Chronicle`] for distributed mode, shared by any number of instances.
//!
//! Nothing here waits for the server at the start: the first call makes contact, migrates under an advisory lock, and
//! until that has succeeded everything answers [`StoreError::Unavailable`]. From then on calls take connections out of a
//! pool; every wait has an end. What the tables are for stands in `migrations/postgres`.
//!
//! [`Audit`]: tropa_contract::port::Audit
//! [`Chronicle`]: tropa_contract::port::Chronicle
//! [`Operations`]: tropa_contract::port::Operations
//! [`OrderStore`]: tropa_contract::port::OrderStore
//! [`Outbox`]: tropa_contract::port::Outbox
//! [`DeadLetters`]: tropa_contract::port::DeadLetters
//! [`DriverStore`]: tropa_contract::port::DriverStore

mod address;
mod audit;
mod change;
mod chronicle;
mod column;
mod connection;
mod contact;
mod creation;
mod dead_letters;
mod driver_store;
mod era;
mod event;
mod examine;
mod failure;
mod letter;
mod listing;
mod message;
mod operations;
mod order_store;
mod outbox;
mod pool_use;
mod pooler;
mod pruning;
mod schema;
mod span;
mod statement;
mod tls;
mod transaction;
mod wakeup;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use deadpool_postgres::Pool;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tropa_contract::port::{Backlog, Clock, StoreError};

pub use address::AddressError;
pub use examine::Examined;
pub use pool_use::PoolUse;
pub use schema::{MigrateError, Tables};

use self::{
    address::Address,
    connection::Connection,
    contact::Contact,
    era::Era,
    outbox::{aside::Aside, tally::Tally},
    pruning::Walk,
    wakeup::Wakeup,
};

/// Connections for what need not reach the disk at once: a relay that claims while it marks, and drivers' positions.
const RELAXED: usize = 3;

/// Connections that are not lent for reads that people ask for, however many they ask: orders come in and go on meanwhile.
const SPARED: usize = 3;

/// How to reach a database.
#[derive(Clone)]
pub struct Options {
    /// `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it; `sslmode` is one of `disable`,
    /// `prefer` (the default), `require`, `verify-ca`, `verify-full`.
    pub url: String,
    /// A PEM file of authorities to trust besides the system's, for `verify-ca` and `verify-full`.
    pub ca: Option<PathBuf>,
    /// Connections at most, at least 1. Three more are for the relay and for positions, one listens for wake-ups.
    pub pool: usize,
    /// What time it is. Each new connection first holds it against the server's clock: nothing is read or written by one that
    /// was not.
    pub clock: Arc<dyn Clock>,
    /// Whether a batch shares a transaction. Off only to measure what that brings.
    pub group_commit: bool,
}

impl Options {
    /// The defaults: 16 connections, group commit.
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { url: url.into(), ca: None, pool: 16, clock, group_commit: true }
    }
}

impl fmt::Debug for Options {
    /// Without the URL: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// A database, reached or not. Clones are cheap and share the connections.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    address: Address,
    pool: Pool,
    relaxed: Pool,
    era: Era,
    browsing: Arc<Semaphore>,
    contact: OnceLock<Contact>,
    wakeup: Wakeup,
    clock: Arc<dyn Clock>,
    group_commit: bool,
    backlog: Tally<Backlog>,
    aside: Aside,
    walk: Walk,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("pool", &self.inner.pool.status()).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// The server options that its sessions start with, as `-c name=value …`: those of orders, and those of the outbox.
    pub fn session_options() -> [String; 2] {
        address::session_options()
    }

    /// A store that makes contact at its first call. Only a URL or a certificate file that does not read is an error.
    pub fn open(options: Options) -> Result<Self, AddressError> {
        let Options { url, ca, pool, clock, group_commit } = options;
        let address = Address::read(&url, ca.as_deref())?;
        let size = pool.max(1);
        let era = Era::default();
        let pool = connection::pool(&address, size, &clock, &era)?;
        let relaxed = connection::pool(&address.relaxed(), RELAXED, &clock, &era)?;
        let wakeup = Wakeup::new(era.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                address,
                pool,
                relaxed,
                era,
                browsing: Arc::new(Semaphore::new(size.saturating_sub(SPARED).max(1))),
                contact: OnceLock::new(),
                wakeup,
                clock,
                group_commit,
                backlog: Tally::default(),
                aside: Aside::default(),
                walk: Walk::default(),
            }),
        })
    }

    /// Brings the tables up to date now; waits for another instance that does the same. Returns their version.
    pub async fn migrate(options: &Options) -> Result<i64, MigrateError> {
        schema::migrate(&Address::read(&options.url, options.ca.as_deref())?).await
    }

    /// The newest version of the tables that this program knows, and brings a database to.
    pub fn schema_version() -> i64 {
        schema::newest()
    }

    /// Closes the connections. Every later call says [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.inner.pool.close();
        self.inner.relaxed.close();
        if let Some(contact) = self.inner.contact.get() {
            contact.end().await;
        }
    }

    /// A connection to a database whose tables are up to date.
    async fn connection(&self) -> Result<Connection, StoreError> {
        self.borrow(&self.inner.pool, None).await
    }

    /// The same, for a read that people ask for, which may take long: not all connections are lent for these.
    async fn browsing(&self) -> Result<Connection, StoreError> {
        let share = timeout(connection::FREE, self.inner.browsing.clone().acquire_owned()).await;
        match share {
            Ok(Ok(share)) => self.borrow(&self.inner.pool, Some(share)).await,
            _ => Err(StoreError::Unavailable("too many long reads at once".to_owned())),
        }
    }

    /// The same, for what may be lost with the server's power: see [`Address::relaxed`].
    async fn relaxed(&self) -> Result<Connection, StoreError> {
        self.borrow(&self.inner.relaxed, None).await
    }

    async fn borrow(
        &self,
        pool: &Pool,
        share: Option<OwnedSemaphorePermit>,
    ) -> Result<Connection, StoreError> {
        let Inner { address, contact, wakeup, era, .. } = &*self.inner;
        if pool.is_closed() {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        }
        contact.get_or_init(|| Contact::start(address.clone(), wakeup.clone())).made().await?;
        Connection::take(pool, share, era.clone()).await
    }

    /// Tells the relays, here and elsewhere, that a commit made outbox rows due.
    fn wake_relays(&self) {
        self.inner.wakeup.made_due();
    }
}
