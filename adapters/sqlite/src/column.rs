//! Between columns and the domain's types.

use std::{fmt::Display, str::FromStr};

use rusqlite::{Row, types::FromSql};
use time::OffsetDateTime;
use tropa_contract::domain::{EventId, Order};
use uuid::Uuid;

use super::failure::Failure;

/// A time as stored: microseconds since 1970.
pub fn micros(at: OffsetDateTime) -> i64 {
    // Years 1 to 9999 in microseconds fit an i64 thirty times over.
    (at.unix_timestamp_nanos() / 1_000) as i64
}

/// A stored time.
pub fn time(micros: i64) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_err(|e| Failure::Fault(format!("stored time {micros}: {e}")))
}

/// A text column as the type it stands for.
pub fn parsed<T: FromStr<Err: Display>>(row: &Row<'_>, column: usize) -> Result<T, Failure> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|e| Failure::Fault(format!("stored {text:?}: {e}")))
}

/// A text column that may be NULL.
pub fn parsed_or_null<T: FromStr<Err: Display>>(row: &Row<'_>, column: usize) -> Result<Option<T>, Failure> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => parsed(row, column).map(Some),
    }
}

/// A time column.
pub fn time_at(row: &Row<'_>, column: usize) -> Result<OffsetDateTime, Failure> {
    time(row.get(column)?)
}

/// A UUID column.
pub fn uuid_at(row: &Row<'_>, column: usize) -> Result<Uuid, Failure> {
    Ok(Uuid::from_bytes(row.get(column)?))
}

/// An event id column.
pub fn event_id_at(row: &Row<'_>, column: usize) -> Result<EventId, Failure> {
    uuid_at(row, column).map(EventId)
}

/// A column that counts, which SQLite holds signed.
pub fn count_at<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> Result<T, Failure> {
    let stored = i64::column_result(row.get_ref(column)?).map_err(rusqlite::Error::from)?;
    T::try_from(stored).map_err(|_| Failure::Fault(format!("stored count {stored} is out of range")))
}

/// The order in the eleven columns with which `load_order.sql` and its siblings begin.
pub fn order(row: &Row<'_>) -> Result<Order, Failure> {
    let details = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Order {
        id: parsed(row, 0)?,
        details: serde_json::from_str(details)?,
        status: parsed(row, 2)?,
        version: count_at(row, 3)?,
        driver_id: parsed_or_null(row, 4)?,
        driver_name: row.get(5)?,
        claim_token: parsed_or_null(row, 6)?,
        manual_reason: parsed_or_null(row, 7)?,
        cancel_reason: row.get(8)?,
        created_at: time_at(row, 9)?,
        updated_at: time_at(row, 10)?,
    })
}
