//! Settlements, as the marking statements take them.

use std::time::Duration;

use time::OffsetDateTime;
use tropa_contract::port::{Relayed, Settlement};

use crate::message;

/// What is kept of a broker's error.
const LONGEST_ERROR: usize = 500;
/// Until a row that does not read is tried again.
const UNREAD: Duration = Duration::from_secs(30);

/// The arrays of `mark_published.sql`.
#[derive(Default)]
pub struct Published {
    pub id: Vec<i64>,
    pub token: Vec<i64>,
}

/// The arrays of `mark_failed.sql`.
#[derive(Default)]
pub struct Failed {
    pub id: Vec<i64>,
    pub token: Vec<i64>,
    pub error: Vec<String>,
    pub delay: Vec<i64>,
}

/// A claimed row that does not read.
pub struct Unread {
    pub id: i64,
    pub token: i64,
    pub why: String,
}

/// They are tried again later, by a program that knows them perhaps, and keep nothing but their own orders waiting.
pub fn put_off(unread: Vec<Unread>) -> Failed {
    let mut failed = Failed::default();
    if let Some(Unread { id, why, .. }) = unread.first() {
        tracing::error!(rows = unread.len(), id, why, "outbox rows that do not read are put off");
    }
    for Unread { id, token, why } in unread {
        failed.push(id, token, &why, UNREAD.as_micros() as i64);
    }
    failed
}

impl Failed {
    fn push(&mut self, id: i64, token: i64, error: &str, delay: i64) {
        self.id.push(id);
        self.token.push(token);
        self.error.push(error.replace('\0', "\u{fffd}").chars().take(LONGEST_ERROR).collect());
        self.delay.push(delay);
    }
}

/// Tells the two kinds apart. By id, so that two relays which settle the same rows lock them in one order.
pub fn sorted(batch: &[Settlement], now: OffsetDateTime) -> (Published, Failed) {
    let (mut published, mut failed) = (Published::default(), Failed::default());
    let mut batch: Vec<_> = batch.iter().collect();
    batch.sort_by_key(|settlement| settlement.id);
    for Settlement { id, token, outcome } in batch {
        match outcome {
            Relayed::Published => {
                published.id.push(*id);
                published.token.push(token.cast_signed());
            }
            Relayed::Failed { error, retry_at } => {
                failed.push(*id, token.cast_signed(), error, message::delay(now, Some(*retry_at)));
            }
        }
    }
    (published, failed)
}
