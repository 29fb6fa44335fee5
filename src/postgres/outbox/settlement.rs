//! Settlements, as the marking statements take them.

use time::OffsetDateTime;
use tropa_dispatch::port::{Relayed, Settlement};

/// What is kept of a broker's error.
const LONGEST_ERROR: usize = 500;

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
                failed.id.push(*id);
                failed.token.push(token.cast_signed());
                failed.error.push(error.replace('\0', "\u{fffd}").chars().take(LONGEST_ERROR).collect());
                failed.delay.push(super::super::message::delay(now, *retry_at));
            }
        }
    }
    (published, failed)
}
