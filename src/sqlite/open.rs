//! Opening: whose file it is, whether we can read it, and how its connections are set.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tokio::sync::mpsc;

use super::{
    Options, SqliteStore, checkpoint::Checkpoints, lock::FolderLock, pending::Pending, reader::Readers,
    schema, statement, writer::Writer,
};

/// Why a store does not open. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it.
    #[error("{path} is in use by another process{}", pid.map(|p| format!(" (pid {p})")).unwrap_or_default(), path = path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
        /// Who.
        pid: Option<u32>,
    },
    /// The folder or the file cannot be made, read or written.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is no SQLite database, or a damaged one.
    #[error("{path} is not a database, or is damaged: {reason}", path = path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It is a SQLite database, but not one of Tropa's.
    #[error("{path} is a database of another program", path = path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// A newer Tropa wrote it.
    #[error("{path} has schema version {found}, this program knows versions up to {known}", path = path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It could not be brought up to date.
    #[error("{path} cannot be migrated: {reason}", path = path.display())]
    Migration {
        /// The database file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What every SQLite database file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Statements a connection keeps prepared; there are fewer than that.
const STATEMENTS: usize = 64;

pub fn open(options: Options) -> Result<SqliteStore, OpenError> {
    let Options { path, clock, group_commit, readers, queue } = options;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| OpenError::Io { path: folder.to_owned(), error })?;
    }
    let lock = FolderLock::take(&path)?;
    examine(&path)?;

    let damaged = |e: rusqlite::Error| OpenError::Damaged { path: path.clone(), reason: e.to_string() };
    let threads = |error| OpenError::Io { path: path.clone(), error };
    let mut connection = connect(&path, 16_384).map_err(damaged)?;
    schema::migrate(&mut connection)
        .map_err(|e| OpenError::Migration { path: path.clone(), reason: e.to_string() })?;
    let unpublished: i64 =
        connection.query_row(statement::COUNT_PENDING, [], |row| row.get(0)).map_err(damaged)?;
    let pending = Arc::new(Pending::new(unpublished.unsigned_abs()));

    let readers = (0..readers.max(1)).map(|_| connect_reader(&path)).collect::<Result<_, _>>();
    let readers = Readers::start(readers.map_err(damaged)?).map_err(threads)?;
    let checkpoints = Checkpoints::start(connect(&path, 256).map_err(damaged)?).map_err(threads)?;
    let (requests, jobs) = mpsc::channel(queue.max(1));
    let writer = Writer {
        connection,
        requests: jobs,
        clock: clock.clone(),
        pending: pending.clone(),
        checkpoints,
        group_commit,
        lock,
        synchronous: None,
    };
    thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || writer.run()).map_err(threads)?;
    Ok(SqliteStore { requests, readers, pending, clock, group_commit })
}

/// Looks at a file that is there without changing a byte of it.
fn examine(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::with_capacity(MAGIC.len());
    match fs::File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut header)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(OpenError::Io { path: path.to_owned(), error }),
        // Made, but killed before the first write.
        Ok(0) => return Ok(()),
        Ok(_) => {}
    }
    let damaged = |reason: String| OpenError::Damaged { path: path.to_owned(), reason };
    if header != MAGIC {
        return Err(damaged("its first bytes are not those of a SQLite database".to_owned()));
    }
    let look = || -> rusqlite::Result<(i64, i64, Option<i64>)> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // A log that lies beside it belongs to whoever wrote it: do not move it into the file on the way out.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let mark = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version = if connection.table_exists(None, "refinery_schema_history")? {
            connection.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))?
        } else {
            None
        };
        Ok((tables, mark, version))
    };
    let (tables, mark, version) = look().map_err(|e| damaged(e.to_string()))?;
    if tables > 0 && mark != schema::MARK {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let found = version.unwrap_or(0);
    let known = schema::newest();
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// A connection that may write, with a page cache of `cache_kib`.
fn connect(path: &Path, cache_kib: i64) -> rusqlite::Result<Connection> {
    // Not rusqlite's default, which also takes a path that begins with `file:` for a URI.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Negative: KiB instead of pages. The writer's working set is the tails of the tables and, with ids that callers
    // chose at random, the inner pages of one index.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    // The log is moved by a thread of its own; see `checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // After a peak the log's file gives back what is above this.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    Ok(connection)
}

fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, 4_096)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
