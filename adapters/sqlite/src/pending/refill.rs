//! From the table into memory.

use std::collections::VecDeque;

use rusqlite::{Connection, Row};
use tropa_contract::domain::Envelope;

use super::{Pending, Unpublished};
use crate::{
    batch::{all, first},
    column::{count_at, event_id_at, parsed, parsed_or_null, time_at},
    failure::Failure,
    statement,
};

/// Due rows to look at in one go.
const LOOKED_AT: u32 = 2_048;
/// Orders to fetch in one go: with a row or two each, a few milliseconds of the writer's time.
const FETCHED: usize = 512;

impl Pending {
    /// Fetches orders with due rows that memory does not know, earliest due first. For the writer's thread, between
    /// transactions: then the table does not change under it.
    pub fn refill(&self, connection: &Connection, now: i64) -> Result<(), Failure> {
        let mut known = self.known();
        let (due_at, id) = known.scanned_to;
        let due = all(connection, statement::DUE_MESSAGES, (due_at, id, now, LOOKED_AT), |row| {
            Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
        })?;
        let looked_at_all = due.len() < LOOKED_AT as usize;
        let mut fetched = 0;
        for (position, order_seq) in due {
            if fetched == FETCHED || !known.has_room() {
                known.next_due = i64::MIN;
                return Ok(());
            }
            if !known.has_order(order_seq) {
                let rows: VecDeque<_> =
                    all(connection, statement::MESSAGES_OF_ORDER, [order_seq], unpublished)?.into();
                // A due row behind one that is postponed waits with it, and is fetched with it.
                if rows.front().is_some_and(|first| first.due_at <= now) {
                    known.fetch(order_seq, rows);
                    fetched += 1;
                }
            }
            known.scanned_to = position;
        }
        known.next_due = if looked_at_all {
            first(connection, statement::NEXT_DUE, [now], |row| Ok(row.get(0)?))?
                .flatten()
                .unwrap_or(i64::MAX)
        } else {
            i64::MIN
        };
        Ok(())
    }
}

fn unpublished(row: &Row<'_>) -> Result<Unpublished, Failure> {
    let envelope = Envelope {
        event_id: event_id_at(row, 3)?,
        topic: parsed(row, 4)?,
        order_id: parsed(row, 5)?,
        version: count_at(row, 6)?,
        payload: row.get(7)?,
        trace: parsed_or_null(row, 8)?,
        created_at: time_at(row, 9)?,
    };
    Ok(Unpublished {
        id: row.get(0)?,
        due_at: row.get(1)?,
        attempts: count_at(row, 2)?,
        envelope: Some(Box::new(envelope)),
    })
}
