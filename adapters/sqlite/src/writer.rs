//! The one thread that writes. Whatever waits in its channel when it comes round goes into one transaction, with
//! one fsync: under load the disk is waited for once per batch, not once per order.
//!
//! A job's failure undoes that job alone. The fast path runs a batch without savepoints, because a savepoint copies
//! every page a job touches; only when a job fails is the batch rolled back and run again, with a savepoint each.
//!
//! Should the thread panic, its channel closes: callers get [`StoreError::Unavailable`], and
//! [`SqliteStore::stopped`](super::SqliteStore::stopped) resolves.

use std::sync::Arc;

use rusqlite::{Connection, config::DbConfig};
use tokio::sync::{mpsc, oneshot};
use tropa_contract::port::{Clock, StoreError};

use super::{
    batch::Batch,
    checkpoint::{Checkpoints, make_room},
    column::micros,
    failure::Failure,
    lock::FolderLock,
    patrol::Patrol,
    pending::Pending,
    watch::{FileState, Watch},
};

/// Jobs in one transaction, at most: bounds how long the first waits for the last.
const MAX_JOBS: usize = 256;

/// What the machine losing power may take with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// The last moments: written without fsync. For marks whose loss only repeats what the inbox suppresses, and
    /// for positions. The process dying loses nothing.
    Relaxed,
    /// Nothing.
    Full,
}

/// A unit of work, with somebody waiting for its outcome.
pub trait Job: Send {
    /// Does it. May be called again, after its first run was rolled back.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError>;
    /// Says that it is committed, or why not.
    fn reply(self: Box<Self>, committed: Result<(), StoreError>);
    /// What it needs.
    fn durability(&self) -> Durability;
}

/// What comes down the channel.
pub enum Request {
    /// Write.
    Job(Box<dyn Job>),
    /// Load due messages from the table into memory.
    Refill(oneshot::Sender<Result<(), StoreError>>),
    /// Finish what is queued, checkpoint, let go of the files.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// A [`Job`] out of a closure.
pub struct Work<T, F> {
    pub run: F,
    pub durability: Durability,
    pub done: oneshot::Sender<Result<T, StoreError>>,
    pub outcome: Option<T>,
}

impl<T, F> Job for Work<T, F>
where
    T: Send,
    F: FnMut(&mut Batch<'_>) -> Result<T, Failure> + Send,
{
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        self.outcome = Some((self.run)(batch)?);
        Ok(())
    }

    fn reply(self: Box<Self>, committed: Result<(), StoreError>) {
        let never_ran = || StoreError::Fault("job was committed without being run".to_owned());
        let Self { done, outcome, .. } = *self;
        // Whoever asked may have stopped waiting; what is committed stays.
        let _ = done.send(committed.and_then(|()| outcome.ok_or_else(never_ran)));
    }

    fn durability(&self) -> Durability {
        self.durability
    }
}

/// The thread's state.
pub struct Writer {
    pub connection: Connection,
    pub requests: mpsc::Receiver<Request>,
    pub clock: Arc<dyn Clock>,
    pub pending: Arc<Pending>,
    pub checkpoints: Checkpoints,
    pub patrol: Patrol,
    pub watch: Arc<Watch>,
    pub group_commit: bool,
    /// Held as long as the thread lives.
    pub lock: FolderLock,
    /// What the connection is set to.
    pub synchronous: Option<Durability>,
    /// Goes with the thread, behind everything that is open in it.
    #[cfg(test)]
    pub folder: Option<tempfile::TempDir>,
}

impl Writer {
    /// Until the store is closed, or dropped by everybody.
    pub fn run(mut self) {
        let mut closing = None;
        while closing.is_none()
            && let Some(first) = self.requests.blocking_recv()
        {
            let (mut jobs, mut refills) = (Vec::new(), Vec::new());
            let mut next = Some(first);
            while let Some(request) = next.take() {
                match request {
                    Request::Job(job) => jobs.push(job),
                    Request::Refill(done) => refills.push(done),
                    Request::Close(done) => closing = Some(done),
                }
                if self.group_commit && closing.is_none() && jobs.len() < MAX_JOBS {
                    next = self.requests.try_recv().ok();
                }
            }
            if !jobs.is_empty() {
                self.commit(jobs);
            }
            for done in refills {
                let now = micros(self.clock.now());
                let _ = done.send(self.pending.refill(&self.connection, now).map_err(StoreError::from));
            }
            self.checkpoints.after_commit(&self.connection);
        }
        let closed = self.close();
        if let Some(done) = closing {
            let _ = done.send(closed);
        }
    }

    /// One transaction for all of them, and an answer for each.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        match self.write(&mut jobs) {
            Ok(outcomes) => jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.reply(outcome)),
            Err(error) => jobs.into_iter().for_each(|job| job.reply(Err(error.clone()))),
        }
    }

    fn write(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        self.watch.look()?;
        let outcomes = match self.transact(jobs, false) {
            Err(StoreError::Fault(_)) if jobs.len() > 1 => self.transact(jobs, true),
            // The log may be what has no room to grow, while there is some in the file.
            Err(StoreError::Full(_)) if make_room(&self.connection) => self.transact(jobs, false),
            other => other,
        }?;
        // Committed, but perhaps into files that nobody will open again. What may go with the machine's power may go so too.
        if durability(jobs) == Durability::Full {
            self.watch.look()?;
        }
        Ok(outcomes)
    }

    /// Runs and commits. With `guarded`, a job that fails is undone alone; without, its error fails the transaction.
    fn transact(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        guarded: bool,
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        self.synchronise(durability(jobs))?;
        let mut batch = Batch::begin(&self.connection, micros(self.clock.now()))?;
        let ran = jobs
            .iter_mut()
            .map(
                |job| if guarded { batch.guard(|batch| job.run(batch)) } else { job.run(&mut batch).map(Ok) },
            )
            .collect::<Result<Vec<_>, _>>();
        let finish = |batch: &mut Batch<'_>| batch.finish().inspect_err(|failure| self.watch.judge(failure));
        match ran.and_then(|outcomes| finish(&mut batch).map(|()| outcomes).map_err(StoreError::from)) {
            Ok(outcomes) => {
                self.pending.absorb(batch.into_effects());
                Ok(outcomes)
            }
            Err(error) => {
                // Some errors (a full disk, a failed write) have rolled back already.
                if !self.connection.is_autocommit()
                    && let Err(e) = self.connection.execute_batch("ROLLBACK")
                {
                    tracing::error!(error = %e, "rollback failed");
                }
                Err(error)
            }
        }
    }

    /// Sets what the next COMMIT does: `FULL` syncs the WAL, `NORMAL` leaves that to the next `FULL` one.
    fn synchronise(&mut self, durability: Durability) -> Result<(), StoreError> {
        if self.synchronous != Some(durability) {
            let level = if durability == Durability::Full { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", level).map_err(Failure::from)?;
            self.synchronous = Some(durability);
        }
        Ok(())
    }

    fn close(self) -> Result<(), StoreError> {
        self.patrol.stop();
        self.checkpoints.stop();
        if let Err(trouble) = self.watch.look() {
            if trouble.state == FileState::Lost {
                self.watch.rescue(&self.connection, self.clock.now().unix_timestamp());
            }
            // Closing would move the log into a file that is not ours, or not whole, and delete by its name what lies there
            // as the log now.
            self.connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
                .map_err(Failure::from)?;
            return Err(trouble.into());
        }
        let truncated = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let closed = self.connection.close().map_err(|(_, e)| e);
        drop(self.lock);
        #[cfg(test)]
        drop(self.folder);
        truncated.and(closed).map_err(|e| Failure::from(e).into())
    }
}

/// What a transaction of all of these needs.
fn durability(jobs: &[Box<dyn Job>]) -> Durability {
    jobs.iter().map(|job| job.durability()).max().unwrap_or(Durability::Full)
}
