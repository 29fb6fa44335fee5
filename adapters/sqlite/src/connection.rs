//! How connections are set.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, Result, config::DbConfig};

/// Statements a connection keeps prepared; there are fewer than that.
const STATEMENTS: usize = 96;
/// What the log's file gives back after a peak is what is above this, in bytes.
const LOG_KEPT: i64 = 64 << 20;

/// A connection through which nothing is changed yet, not even by closing it.
pub fn open(path: &Path) -> Result<Connection> {
    // Not rusqlite's default, which also takes a path that begins with `file:` for a URI.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // The last connection to go moves the log into the file, unless told not to. That is the writer's to do.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Makes it the writer's, with a page cache of `cache_kib`.
pub fn writer(connection: &Connection, cache_kib: i64) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The log is moved by a thread of its own; see `checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    cache(connection, cache_kib)
}

/// A connection that cannot write.
pub fn reader(path: &Path, cache_kib: i64) -> Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    cache(&connection, cache_kib)?;
    Ok(connection)
}

/// A connection that moves the log into the file.
pub fn checkpointer(path: &Path, cache_kib: i64) -> Result<Connection> {
    let connection = open(path)?;
    cache(&connection, cache_kib)?;
    Ok(connection)
}

fn cache(connection: &Connection, kib: i64) -> Result<()> {
    // No temporary files: on a full disk they would fail what needs no room.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Negative: KiB instead of pages.
    connection.pragma_update(None, "cache_size", -kib)
}
