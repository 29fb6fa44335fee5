//! The system of record in one SQLite file: the adapter of [`OrderStore`], [`Outbox`], [`DeadLetters`],
//! [`DriverStore`], [`Audit`], [`Operations`] and [`Chronicle`] for standalone mode.
//!
//! One thread writes (`writer`), a few read beside it (`reader`), one moves the write-ahead log into the file
//! (`checkpoint`), one looks whether the file is still what was written (`patrol`). Callers only await: nothing blocks an
//! async thread. What the tables are for stands in `migrations/sqlite`.
//!
//! [`Audit`]: tropa_contract::port::Audit
//! [`Chronicle`]: tropa_contract::port::Chronicle
//! [`Operations`]: tropa_contract::port::Operations
//! [`OrderStore`]: tropa_contract::port::OrderStore
//! [`Outbox`]: tropa_contract::port::Outbox
//! [`DeadLetters`]: tropa_contract::port::DeadLetters
//! [`DriverStore`]: tropa_contract::port::DriverStore

mod audit;
mod batch;
mod change;
mod checkpoint;
mod chronicle;
mod column;
mod connection;
mod creation;
mod dead_letters;
mod driver_store;
mod event;
mod failure;
mod letter;
mod listing;
mod lock;
mod message;
mod open;
mod operations;
mod order_store;
mod outbox;
mod patrol;
mod pending;
mod pool_use;
mod reader;
mod schema;
mod span;
mod statement;
#[cfg(test)]
mod tests;
mod watch;
mod writer;

use std::{fmt, path::PathBuf, sync::Arc};

use rusqlite::Connection;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tropa_contract::port::{Clock, StoreError};

pub use open::OpenError;
pub use pool_use::PoolUse;
pub use watch::FileState;

use self::{
    batch::Batch,
    failure::Failure,
    pending::Pending,
    reader::Readers,
    watch::Watch,
    writer::{Durability, Request, Work},
};

/// How to open a store.
pub struct Options {
    /// The database file. Its folder is made if it is missing; a lock and SQLite's own two files lie beside it.
    pub path: PathBuf,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether jobs that wait share a transaction. Off only to measure what that brings: then every order pays for
    /// its own fsync.
    pub group_commit: bool,
    /// Threads that read beside the writer, at least 1.
    pub readers: usize,
    /// Jobs that may wait for the writer; whoever comes then waits for room.
    pub queue: usize,
    /// A folder that goes when the store has let go of it.
    #[cfg(test)]
    pub(crate) folder: Option<tempfile::TempDir>,
}

impl Options {
    /// The defaults: group commit, 2 readers, 1,024 jobs waiting.
    pub fn new(path: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self {
            path: path.into(),
            clock,
            group_commit: true,
            readers: 2,
            queue: 1_024,
            #[cfg(test)]
            folder: None,
        }
    }
}

/// An open database file. Clones are cheap and share it; the file is closed when the last is dropped, or with
/// [`close`](Self::close).
#[derive(Clone)]
pub struct SqliteStore {
    requests: mpsc::Sender<Request>,
    readers: Readers,
    pending: Arc<Pending>,
    clock: Arc<dyn Clock>,
    watch: Arc<Watch>,
    version: i64,
    group_commit: bool,
    left_off: Option<OffsetDateTime>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("group_commit", &self.group_commit).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, makes or migrates its tables, starts the threads. Blocks for some milliseconds.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        open::open(options)
    }

    /// When the file was written last before it was opened, by the clock of then; `None` of a new one.
    pub fn left_off(&self) -> Option<OffsetDateTime> {
        self.left_off
    }

    /// The version of the file's tables: the newest that this program knows, or a newer one that takes it.
    pub fn schema_version(&self) -> i64 {
        self.version
    }

    /// Whether the file is the one that was opened, and sound, as far as is known. While it is not, every write says
    /// [`StoreError::Unavailable`], and so does `check`.
    pub fn file(&self) -> FileState {
        self.watch.state()
    }

    /// Finishes what is queued, moves the log into the file, lets go of the folder. Every later call says
    /// [`StoreError::Unavailable`].
    pub async fn close(&self) -> Result<(), StoreError> {
        let (done, closed) = oneshot::channel();
        self.readers.stop().await;
        self.requests.send(Request::Close(done)).await.map_err(|_| gone())?;
        closed.await.map_err(|_| gone())?
    }

    /// Resolves when the writer has ended: after [`close`](Self::close), or because it panicked. In the second case
    /// every call fails and so does `check`; a process should exit then, and let itself be started again.
    pub async fn stopped(&self) {
        self.requests.closed().await;
    }

    /// Runs `work` in the writer's next transaction; returns after its commit.
    async fn write<T, F>(&self, durability: Durability, mut work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Batch<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (done, committed) = oneshot::channel();
        let watch = self.watch.clone();
        let run = move |batch: &mut Batch<'_>| work(batch).inspect_err(|failure| watch.judge(failure));
        let job = Work { run, durability, done, outcome: None };
        self.requests.send(Request::Job(Box::new(job))).await.map_err(|_| gone())?;
        committed.await.map_err(|_| gone())?
    }

    /// Runs `work` on a reader's connection: it sees everything that was committed before.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let (span, watch) = (span::reading(), self.watch.clone());
        let work = move |connection: &Connection| span.in_scope(|| work(connection));
        self.readers
            .read(move |connection| work(connection).inspect_err(|failure| watch.judge(failure)))
            .await
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the database is closed, or its writer has died".to_owned())
}
