//! The audit log: a JSON line for each message, written when it was published and read by nobody but us.

use std::path::Path;

use serde::Deserialize;

use crate::checker::Announcement;

#[derive(Deserialize)]
struct Line {
    event_id: String,
    topic: String,
}

/// Every message, in the order of publication. A line torn by a SIGKILL is left out: its message was not confirmed,
/// and is published again.
pub fn audit_lines(path: &Path) -> std::io::Result<Vec<Announcement>> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let whole = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    Ok(whole.map(|Line { event_id, topic }| Announcement { event_id, topic }).collect())
}
