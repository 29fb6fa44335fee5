//! The client's own history: every request before it is sent and after it is answered, fsynced.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::mpsc,
    thread,
};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// One request and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number; the later line of a number counts.
    pub number: u64,
    /// What was asked for.
    pub wanted: Wanted,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a request asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "wanted", rename_all = "snake_case")]
pub enum Wanted {
    /// A new order, price in minor units.
    Create { id: String, key: Option<String>, price: i64 },
    /// That an order is cancelled, delivered, or dispatched; `event` is the kind of the event it makes.
    Command { id: String, event: String },
}

impl Wanted {
    /// The order it is about.
    pub fn id(&self) -> &str {
        match self {
            Self::Create { id, .. } | Self::Command { id, .. } => id,
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is on its way; alone in the ledger it means unknown.
    Sent,
    /// 2xx, with the order in the answer.
    Accepted { status: u16, id: String, version: i64 },
    /// 4xx: nothing was done.
    Refused { status: u16 },
    /// No answer, or a 5xx: it may have been done.
    Unknown { why: String },
}

/// Writes attempts down; whatever waits is synced at once, so that many clients share one fsync.
#[derive(Clone)]
pub struct Ledger(mpsc::Sender<(String, oneshot::Sender<()>)>);

impl Ledger {
    /// Appends to a file.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        let (sender, lines) = mpsc::channel::<(String, oneshot::Sender<()>)>();
        thread::spawn(move || {
            while let Ok(first) = lines.recv() {
                let batch: Vec<_> = std::iter::once(first).chain(lines.try_iter()).collect();
                let text: String = batch.iter().map(|(line, _)| line.as_str()).collect();
                write(&mut file, &text).expect("the ledger can be written");
                for (_, written) in batch {
                    let _ = written.send(());
                }
            }
        });
        Ok(Self(sender))
    }

    /// Returns when the attempt is on the disk.
    pub async fn put(&self, attempt: &Attempt) {
        let line = serde_json::to_string(attempt).expect("an attempt is json") + "\n";
        let (written, wait) = oneshot::channel();
        self.0.send((line, written)).expect("the ledger's thread lives");
        wait.await.expect("the ledger's thread lives");
    }
}

fn write(file: &mut File, text: &str) -> std::io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

/// What the ledger says: the last line of each attempt. A line that is still being written does not count yet.
pub fn attempts(path: &Path) -> std::io::Result<Vec<Attempt>> {
    let text = std::fs::read_to_string(path)?;
    let mut last = BTreeMap::new();
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let attempt: Attempt = serde_json::from_str(line)?;
        last.insert(attempt.number, attempt);
    }
    Ok(last.into_values().collect())
}
