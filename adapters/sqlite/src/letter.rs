//! Dead letters, as rows.

use rusqlite::Row;
use tropa_contract::domain::{DeadLetter, DeadLetterGroup, Fingerprint, OrderId};

use super::{
    batch::Batch,
    column::{count_at, event_id_at, micros, parsed, parsed_or_null, time_at, uuid_at},
    failure::Failure,
    statement,
};

/// Writes a letter, or updates the one about the same message.
pub fn park(batch: &Batch<'_>, letter: &DeadLetter) -> Result<(), Failure> {
    batch.execute(
        statement::PARK_LETTER,
        (
            letter.id.as_bytes(),
            letter.event_id.0.as_bytes(),
            &letter.topic,
            letter.order_id.as_ref().map(OrderId::as_str),
            &letter.error,
            letter.fingerprint.as_str(),
            &letter.payload,
            serde_json::to_string(&letter.headers)?,
            letter.attempts,
            micros(letter.first_seen),
            micros(letter.last_seen),
        ),
    )?;
    Ok(())
}

/// Reads a letter from a row of `list_letters.sql`.
pub fn read(row: &Row<'_>) -> Result<DeadLetter, Failure> {
    let headers = row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(DeadLetter {
        id: uuid_at(row, 0)?,
        event_id: event_id_at(row, 1)?,
        topic: row.get(2)?,
        order_id: parsed_or_null(row, 3)?,
        error: row.get(4)?,
        fingerprint: Fingerprint::from_stored(row.get(5)?),
        payload: row.get(6)?,
        headers: serde_json::from_str(headers)?,
        attempts: count_at(row, 8)?,
        first_seen: time_at(row, 9)?,
        last_seen: time_at(row, 10)?,
        state: parsed(row, 11)?,
        discard_reason: row.get(12)?,
    })
}

/// Reads a group from a row of `letter_groups.sql`.
pub fn read_group(row: &Row<'_>) -> Result<DeadLetterGroup, Failure> {
    Ok(DeadLetterGroup {
        fingerprint: Fingerprint::from_stored(row.get(0)?),
        error: row.get(1)?,
        topic: row.get(2)?,
        count: count_at(row, 3)?,
        first_seen: time_at(row, 4)?,
        last_seen: time_at(row, 5)?,
        per_minute: DeadLetterGroup::no_minutes(),
    })
}
