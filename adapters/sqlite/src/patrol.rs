//! Reads the file again, a table at a time, and looks whether it is still what SQLite wrote.
//!
//! SQLite looks at a page when it needs it, and it needs most of them never again: a torn disk, or a program that wrote into the
//! wrong file, would show when the orders of then are asked for. Off the writer's way, on a connection of its own.

use std::{
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, InterruptHandle};

use super::{failure::Failure, watch::Watch};

/// A file up to here is checked whole before it is used: a second's work. What is larger is checked by the first round.
pub const AT_ONCE: u64 = 256 << 20;
/// Between two tables at least; the names of the files are looked up as often.
const BREATH: Duration = Duration::from_secs(1);
/// And so many times what the last table took: the patrol costs 0.4 % of one core, however large the file is.
const SHARE: u32 = 250;

/// The thread.
pub struct Patrol {
    stop: SyncSender<()>,
    interrupt: InterruptHandle,
    thread: thread::JoinHandle<()>,
}

impl Patrol {
    /// Starts it.
    pub fn start(connection: Connection, watch: Arc<Watch>) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        let interrupt = connection.get_interrupt_handle();
        let thread = thread::Builder::new()
            .name("sqlite-patrol".to_owned())
            .spawn(move || walk(&connection, &watch, &stopped))?;
        Ok(Self { stop, interrupt, thread })
    }

    /// Ends it, a check that is under way included.
    pub fn stop(self) {
        drop(self.stop);
        // Again and again: an interruption ends what runs now, and nothing may run yet.
        while !self.thread.is_finished() {
            self.interrupt.interrupt();
            thread::sleep(Duration::from_millis(1));
        }
        // A panic there was reported when it happened.
        let _ = self.thread.join();
    }
}

/// What is wrong with the file as a whole; `None` if nothing is, or if it is too large to say at once.
pub fn check_at_once(path: &Path, connection: &Connection) -> rusqlite::Result<Option<String>> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > AT_ONCE) {
        return Ok(None);
    }
    complaint(connection, "PRAGMA quick_check(1)")
}

fn walk(connection: &Connection, watch: &Watch, stopped: &Receiver<()>) {
    let mut left = Vec::new();
    let mut pause = BREATH;
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        if watch.look().is_err() {
            pause = BREATH;
            continue;
        }
        let begun = Instant::now();
        let found = step(connection, &mut left);
        if stopped.try_recv() == Err(TryRecvError::Disconnected) {
            return;
        }
        match found {
            Ok(None) => {}
            Ok(Some(how)) => watch.damaged(&how),
            Err(failure) => watch.judge(&failure),
        }
        pause = BREATH.max(begun.elapsed() * SHARE);
    }
}

/// Checks the next table; begins a new round when there is none left.
///
/// One table a transaction, because the log cannot start again from its beginning while somebody reads: with all of a large
/// file in one it would grow meanwhile.
pub fn step(connection: &Connection, left: &mut Vec<String>) -> Result<Option<String>, Failure> {
    // What is in memory is good. The file is the question.
    connection.execute_batch("PRAGMA shrink_memory")?;
    if left.is_empty() {
        let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        *left = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    }
    let Some(table) = left.pop() else { return Ok(None) };
    Ok(complaint(connection, &format!("PRAGMA quick_check(\"{}\")", table.replace('"', "\"\"")))?)
}

/// The first thing that a check finds wrong.
fn complaint(connection: &Connection, check: &str) -> rusqlite::Result<Option<String>> {
    let told: String = connection.query_row(check, [], |row| row.get(0))?;
    Ok((told != "ok").then(|| told.lines().next().unwrap_or_default().to_owned()))
}
