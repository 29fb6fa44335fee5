//! What can go wrong at the database, and what the ports call it.

use std::{error::Error as _, io};

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;
use tropa_contract::port::StoreError;

/// Why a piece of work did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// PostgreSQL refused, or went away.
    #[error("{}", told(.0))]
    Sql(#[from] tokio_postgres::Error),
    /// No connection.
    #[error("{}", no_connection(.0))]
    Pool(#[from] PoolError),
    /// No answer in time.
    #[error("no answer from the database within {0:?}")]
    Late(std::time::Duration),
    /// A stored document does not read, or one to be stored does not write.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The database holds what must not be.
    #[error("{0}")]
    Fault(String),
}

impl Failure {
    /// PostgreSQL's name for it.
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Sql(error) => error.code(),
            _ => None,
        }
    }

    /// Whether the server answers and cannot work: a standby, or one that takes no writes, stops, or is not up yet.
    pub fn is_unfit(&self) -> bool {
        let cannot_work = [
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
        ];
        self.code().is_some_and(|code| cannot_work.contains(code))
    }

    /// Nothing was written because another transaction was in the way: worth trying again at once. A driver who was free
    /// when one looked, and then was not, is such a case.
    pub fn is_collision(&self) -> bool {
        let in_the_way = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
        self.code().is_some_and(|code| in_the_way.contains(code))
            || self.constraint() == Some("one_order_a_driver")
    }

    /// The constraint that a row would have broken.
    fn constraint(&self) -> Option<&str> {
        match self {
            Self::Sql(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        match &failure {
            Failure::Pool(_) | Failure::Late(_) => Self::Unavailable(text),
            Failure::Json(_) | Failure::Fault(_) => Self::Fault(text),
            Failure::Sql(_) if failure.is_collision() => Self::Unavailable(text),
            Failure::Sql(error) => match error.code() {
                Some(code) => named(code)(text),
                None if is_lost(error) => Self::Unavailable(text),
                None => Self::Fault(text),
            },
        }
    }
}

/// By class where a class is of one kind; see PostgreSQL's appendix A.
fn named(code: &SqlState) -> fn(String) -> StoreError {
    match (code.code(), &code.code()[..2]) {
        ("53100", _) => StoreError::Full,
        // A connection, a rollback, resources, an operator or a timeout, the system around it; `25006`: a standby that
        // was, or became, read-only; `25P03`: we were too slow; `55P03`: a lock; `28…`, `3D000`: not let in (yet).
        ("25006" | "25P03" | "55P03" | "3D000", _) | (_, "08" | "28" | "40" | "53" | "57" | "58") => {
            StoreError::Unavailable
        }
        _ => StoreError::Fault,
    }
}

/// Whether the connection broke, rather than that the two did not understand each other.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(|source| source.downcast_ref::<io::Error>().is_some())
}

/// tokio-postgres says "db error" and leaves the rest to its source.
pub fn told(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => {
            let detail = db.constraint().map(|name| format!(" ({name})")).unwrap_or_default();
            format!("{} [{}]{detail}", db.message(), db.code().code())
        }
        None => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

fn no_connection(error: &PoolError) -> String {
    match error {
        PoolError::Backend(error) => told(error),
        PoolError::Timeout(_) => "no connection became free in time".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_name() {
        let kind = |code: &SqlState| named(code)(String::new());
        assert_eq!(kind(&SqlState::DISK_FULL), StoreError::Full(String::new()));
        for away in [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::OUT_OF_MEMORY,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::QUERY_CANCELED,
            SqlState::CONNECTION_FAILURE,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::IO_ERROR,
        ] {
            assert_eq!(kind(&away), StoreError::Unavailable(String::new()), "{away:?}");
        }
        for fault in [
            SqlState::CHECK_VIOLATION,
            SqlState::UNIQUE_VIOLATION,
            SqlState::UNDEFINED_TABLE,
            SqlState::DATA_CORRUPTED,
            SqlState::IN_FAILED_SQL_TRANSACTION,
        ] {
            assert_eq!(kind(&fault), StoreError::Fault(String::new()), "{fault:?}");
        }
    }
}
