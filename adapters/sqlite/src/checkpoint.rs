//! Moves the write-ahead log into the file, beside the writer.
//!
//! SQLite's own autocheckpoint would run inside a COMMIT: every few megabytes somebody's order would wait for the
//! whole move and two fsyncs. A passive checkpoint needs no lock of the writer's, so a thread of its own does it.
//! The log only starts again from its beginning, however, when *all* of it has been moved, and under load the
//! writer is always a little ahead: once the log is long, the writer is asked to move that small rest itself.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;

/// Row changes after which the log is moved: about a dozen an order, so some 10 MiB of log.
const CHANGES: u64 = 20_000;
/// Pages in the log (of 4 KiB) from which it should start again: 64 MiB.
const LONG: i64 = 16_384;
/// Pages that the writer may move without anybody noticing.
const REST: i64 = 4_096;
/// Bytes of log at which the writer moves all of it itself, however long that takes: the thread does not keep up.
const TOO_LONG: u64 = 192 << 20;
/// Row changes between two looks at the log's length: a few MiB.
const LOOK: u64 = 500;
/// At least this often, if anything changed.
const CALM: Duration = Duration::from_secs(5);

/// What the writer and the checkpointer tell each other.
#[derive(Default)]
struct Progress {
    /// Rows changed since the file was opened.
    changes: AtomicU64,
    /// The log is long, and all but a small rest of it is in the file: the writer is asked for that rest.
    finish: AtomicBool,
}

impl Progress {
    /// Whether the writer was asked to finish the checkpoint; asks once.
    fn take_finish(&self) -> bool {
        self.finish.load(Ordering::Relaxed) && self.finish.swap(false, Ordering::Relaxed)
    }
}

/// The writer's side.
pub struct Checkpoints {
    progress: Arc<Progress>,
    log: PathBuf,
    asked_at: u64,
    looked_at: u64,
    ask: SyncSender<()>,
    thread: thread::JoinHandle<()>,
}

impl Checkpoints {
    /// Starts the thread.
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let progress = Arc::new(Progress::default());
        let log = PathBuf::from(format!("{}-wal", connection.path().unwrap_or_default()));
        let (ask, asked) = sync_channel(1);
        let shared = progress.clone();
        let thread = thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || run(&connection, &shared, &asked))?;
        Ok(Self { progress, log, asked_at: 0, looked_at: 0, ask, thread })
    }

    /// To be called between transactions.
    pub fn after_commit(&mut self, connection: &Connection) {
        let changes = connection.total_changes();
        self.progress.changes.store(changes, Ordering::Relaxed);
        if changes - self.asked_at >= CHANGES {
            self.asked_at = changes;
            // Full means that it is asked already.
            let _ = self.ask.try_send(());
        }
        if (self.progress.take_finish() || self.is_too_long(changes))
            && let Err(e) = move_log(connection)
        {
            tracing::warn!(error = %e, "checkpoint failed; the log grows until one succeeds");
        }
    }

    /// The file is cut to `journal_size_limit` when the log starts again, so its size tells.
    fn is_too_long(&mut self, changes: u64) -> bool {
        if changes - self.looked_at < LOOK {
            return false;
        }
        self.looked_at = changes;
        fs::metadata(&self.log).is_ok_and(|log| log.len() > TOO_LONG)
    }

    /// Ends the thread.
    pub fn stop(self) {
        drop(self.ask);
        // A panic there was reported when it happened.
        let _ = self.thread.join();
    }
}

/// Moves all of the log, so that it starts again from its beginning; false when that cannot be.
pub fn make_room(connection: &Connection) -> bool {
    matches!(move_log(connection), Ok((log, moved)) if log > 0 && log == moved)
}

fn run(connection: &Connection, progress: &Progress, asked: &Receiver<()>) {
    let mut seen = 0;
    loop {
        match asked.recv_timeout(CALM) {
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
        }
        let changes = progress.changes.load(Ordering::Relaxed);
        if changes == seen {
            continue;
        }
        seen = changes;
        match move_log(connection) {
            Ok((log, moved)) => {
                if wants_finish(log, moved) {
                    progress.finish.store(true, Ordering::Relaxed);
                }
            }
            // A full disk above all. Nothing is lost: the log holds it.
            Err(e) => tracing::warn!(error = %e, "checkpoint failed; the log grows until one succeeds"),
        }
    }
}

/// Whether the log is long, and the writer quickly done with what is left of it.
fn wants_finish(log: i64, moved: i64) -> bool {
    log >= LONG && log - moved <= REST
}

/// Pages in the log, and how many of them are in the file now.
fn move_log(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_is_asked_for_a_small_rest_of_a_long_log() {
        assert!(wants_finish(LONG, LONG - REST));
        assert!(!wants_finish(LONG, LONG - REST - 1), "the next round moves more");
        assert!(!wants_finish(LONG - 1, LONG - 1), "not worth it yet");
    }

    #[test]
    fn the_writer_moves_the_rest_when_asked() {
        let folder = tempfile::TempDir::new().unwrap();
        let connect = || {
            let connection = Connection::open(folder.path().join("log.db")).unwrap();
            connection
                .execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS t (x)")
                .unwrap();
            connection
        };
        let writer = connect();
        let mut checkpoints = Checkpoints::start(connect()).unwrap();
        let write = || writer.execute("INSERT INTO t VALUES (zeroblob(100000))", []).unwrap();
        let moved = || {
            let noop = "PRAGMA wal_checkpoint(NOOP)";
            writer.query_row(noop, [], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))).unwrap()
        };
        write();
        checkpoints.after_commit(&writer);
        let (log, before) = moved();
        assert!(before < log, "nobody asked yet: {before} of {log}");
        checkpoints.progress.finish.store(true, Ordering::Relaxed);
        checkpoints.after_commit(&writer);
        assert_eq!(moved(), (log, log));
        write();
        assert!(moved().0 <= log, "the log started again");
        checkpoints.stop();
    }
}
