//! Between columns and the domain's types.

use std::{fmt::Display, str::FromStr};

use serde::de::DeserializeOwned;
use time::{OffsetDateTime, UtcOffset};
use tokio_postgres::Row;
use tropa_contract::domain::{EventId, Order};

use super::failure::Failure;

/// A text column as the type it stands for.
pub fn parsed<T: FromStr<Err: Display>>(row: &Row, column: usize) -> Result<T, Failure> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|e| Failure::Fault(format!("stored {text:?}: {e}")))
}

/// A text column that may be NULL.
pub fn parsed_or_null<T: FromStr<Err: Display>>(row: &Row, column: usize) -> Result<Option<T>, Failure> {
    match row.try_get::<_, Option<&str>>(column)? {
        Some(_) => parsed(row, column).map(Some),
        None => Ok(None),
    }
}

/// A JSON document, selected as text.
pub fn document<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, Failure> {
    Ok(serde_json::from_str(row.try_get(column)?)?)
}

/// A time column.
pub fn time_at(row: &Row, column: usize) -> Result<OffsetDateTime, Failure> {
    Ok(row.try_get::<_, OffsetDateTime>(column)?.to_offset(UtcOffset::UTC))
}

/// An event id column.
pub fn event_id_at(row: &Row, column: usize) -> Result<EventId, Failure> {
    Ok(EventId(row.try_get(column)?))
}

/// A `bigint` column that counts, which PostgreSQL holds signed.
pub fn count_at<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T, Failure> {
    let stored: i64 = row.try_get(column)?;
    T::try_from(stored).map_err(|_| Failure::Fault(format!("stored count {stored} is out of range")))
}

/// The order in the eleven columns with which `load_orders.sql` and its siblings begin.
pub fn order(row: &Row) -> Result<Order, Failure> {
    Ok(Order {
        id: parsed(row, 0)?,
        details: document(row, 1)?,
        status: parsed(row, 2)?,
        version: count_at(row, 3)?,
        driver_id: parsed_or_null(row, 4)?,
        driver_name: row.try_get(5)?,
        claim_token: parsed_or_null(row, 6)?,
        manual_reason: parsed_or_null(row, 7)?,
        cancel_reason: row.try_get(8)?,
        created_at: time_at(row, 9)?,
        updated_at: time_at(row, 10)?,
    })
}
