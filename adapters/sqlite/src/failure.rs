//! What can go wrong at the database, and what the ports call it.

use rusqlite::{ErrorCode, ffi};
use tropa_contract::port::StoreError;

/// Why a piece of work did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// SQLite refused.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A stored document does not read, or one to be stored does not write.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The database holds what must not be.
    #[error("{0}")]
    Fault(String),
}

impl Failure {
    /// Whether SQLite met a page that it did not write.
    pub fn is_damage(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        let Failure::Sql(rusqlite::Error::SqliteFailure(error, _)) = failure else {
            return Self::Fault(text);
        };
        match (error.code, error.extended_code) {
            // A quota (EDQUOT) and RLIMIT_FSIZE (EFBIG) arrive as a failed write; only ENOSPC is told apart by
            // SQLite. A wal-index that cannot grow is the same trouble in another file.
            (ErrorCode::DiskFull, _)
            | (_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_TRUNCATE) => {
                Self::Full(text)
            }
            (
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::ReadOnly
                | ErrorCode::OperationInterrupted,
                _,
            ) => Self::Unavailable(text),
            _ => Self::Fault(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_name() {
        let named = |code| -> StoreError {
            Failure::Sql(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).into()
        };
        for full in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE] {
            assert!(matches!(named(full), StoreError::Full(_)), "{full}");
        }
        for away in [ffi::SQLITE_BUSY, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_READ, ffi::SQLITE_NOMEM] {
            assert!(matches!(named(away), StoreError::Unavailable(_)), "{away}");
        }
        for fault in [ffi::SQLITE_CORRUPT, ffi::SQLITE_CONSTRAINT_CHECK, ffi::SQLITE_NOTADB] {
            assert!(matches!(named(fault), StoreError::Fault(_)), "{fault}");
        }
    }
}
