//! The client's own history: one JSON object a line, synced to disk.
//!
//! Attempts are planned ahead: a block of them is on disk before the first of its requests goes out, so that the disk never
//! slows the rate. An attempt without an answer is *unknown*: sent or not, accepted or not. Answers follow within
//! [`FLUSH_EVERY`].

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::watch;

/// Attempts that are planned in one go.
const BLOCK: u64 = 2_048;

/// Answers reach the disk at least this often.
const FLUSH_EVERY: Duration = Duration::from_millis(50);

#[derive(Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Entry<'a> {
    Attempt { id: &'a str, at_us: i128 },
    Answer { id: &'a str, status: Option<u16>, at_us: i128 },
}

enum Note {
    Plan(u64),
    Answer(u64, Option<u16>),
}

/// The open ledger.
pub struct Ledger {
    notes: Sender<Note>,
    planned: watch::Receiver<u64>,
    writer: JoinHandle<std::io::Result<()>>,
}

/// Writes to the ledger; cheap to clone.
#[derive(Clone)]
pub struct Pen {
    notes: Sender<Note>,
    planned: watch::Receiver<u64>,
}

/// The id of order `n`.
pub fn order_id(prefix: &str, n: u64) -> String {
    format!("{prefix}-{n}")
}

impl Ledger {
    /// Creates the file; an existing one is refused, because it is somebody's evidence.
    pub fn create(path: &Path, prefix: &str) -> anyhow::Result<Self> {
        let file = File::create_new(path)
            .map_err(|error| anyhow::anyhow!("cannot create the ledger {}: {error}", path.display()))?;
        let (notes, inbox) = channel();
        let (progress, planned) = watch::channel(0);
        let prefix = prefix.to_owned();
        let writer = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || write(file, &prefix, &inbox, &progress))?;
        Ok(Self { notes, planned, writer })
    }

    pub fn pen(&self) -> Pen {
        Pen { notes: self.notes.clone(), planned: self.planned.clone() }
    }

    /// Writes what is left. All pens must be gone.
    pub fn close(self) -> anyhow::Result<()> {
        drop(self.notes);
        Ok(self.writer.join().map_err(|_| anyhow::anyhow!("the ledger's writer panicked"))??)
    }
}

impl Pen {
    /// Done when the attempt to send order `n` is on disk. Fails when the ledger cannot be written.
    pub async fn attempt(&mut self, n: u64) -> anyhow::Result<()> {
        let planned = *self.planned.borrow();
        // Half a block early: the disk is at work while the other half goes out, and nobody waits for it.
        if planned <= n + BLOCK / 2 {
            let _ = self.notes.send(Note::Plan(n + BLOCK / 2));
        }
        if planned <= n {
            self.planned.wait_for(|planned| *planned > n).await?;
        }
        Ok(())
    }

    /// Notes what order `n` was answered; `None` = nothing.
    pub fn answer(&self, n: u64, status: Option<u16>) {
        // Without its writer no further attempt is made; see `attempt`.
        let _ = self.notes.send(Note::Answer(n, status));
    }
}

fn write(
    file: File,
    prefix: &str,
    inbox: &Receiver<Note>,
    progress: &watch::Sender<u64>,
) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    let mut dirty = false;
    loop {
        let (planned, done) = match inbox.recv_timeout(FLUSH_EVERY) {
            Ok(first) => (take(&mut out, prefix, first, inbox, *progress.borrow())?, false),
            Err(RecvTimeoutError::Timeout) => (None, false),
            Err(RecvTimeoutError::Disconnected) => (None, true),
        };
        dirty |= planned.is_some() || !out.buffer().is_empty();
        if dirty {
            out.flush()?;
            out.get_ref().sync_data()?;
            dirty = false;
        }
        if let Some(planned) = planned {
            progress.send_replace(planned);
        }
        if done {
            return Ok(());
        }
    }
}

/// Writes a note and all that wait behind it; returns how far attempts are planned now, when that changed.
fn take(
    out: &mut BufWriter<File>,
    prefix: &str,
    first: Note,
    inbox: &Receiver<Note>,
    mut planned: u64,
) -> std::io::Result<Option<u64>> {
    let before = planned;
    for note in std::iter::once(first).chain(inbox.try_iter()) {
        match note {
            Note::Plan(n) => {
                while planned <= n {
                    for n in planned..planned + BLOCK {
                        line(out, &Entry::Attempt { id: &order_id(prefix, n), at_us: now_us() })?;
                    }
                    planned += BLOCK;
                }
            }
            Note::Answer(n, status) => {
                line(out, &Entry::Answer { id: &order_id(prefix, n), status, at_us: now_us() })?;
            }
        }
    }
    Ok((planned > before).then_some(planned))
}

fn line(out: &mut BufWriter<File>, entry: &Entry<'_>) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, entry)?;
    out.write_all(b"\n")
}

fn now_us() -> i128 {
    OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_attempt_is_on_disk_before_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.ndjson");
        let ledger = Ledger::create(&path, "x").unwrap();
        let mut pen = ledger.pen();
        pen.attempt(3).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(r#"{"entry":"attempt","id":"x-3""#), "{text}");
        pen.answer(3, Some(201));
        drop(pen);
        ledger.close().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(r#"{"entry":"answer","id":"x-3","status":201"#), "{text}");
        assert!(Ledger::create(&path, "x").is_err(), "evidence is not overwritten");
    }
}
