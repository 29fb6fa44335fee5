//! A record of every message, for whoever checks from outside that none was lost or made up.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tropa_contract::domain::{Envelope, EventId, OrderId, Topic};

/// A file with one JSON line per published message, appended before a consumer sees the message.
///
/// It reaches the operating system with each batch, so it survives a SIGKILL of the process, not of the machine.
#[derive(Debug)]
pub struct AuditLog(Mutex<File>);

#[derive(Serialize)]
struct Line<'a> {
    event_id: EventId,
    topic: Topic,
    order_id: &'a OrderId,
    version: u64,
}

impl AuditLog {
    /// Opens the file for appending, creating it when there is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)))
    }

    /// Appends a batch in one write, so that a kill leaves at most its last line torn.
    pub(super) fn record(&self, batch: &[Envelope]) -> io::Result<()> {
        let mut lines = Vec::with_capacity(batch.len() * 160);
        for Envelope { event_id, topic, order_id, version, .. } in batch {
            let line = Line { event_id: *event_id, topic: *topic, order_id, version: *version };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&lines)
    }
}
