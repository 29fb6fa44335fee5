//! Opening: whose file it is, whether we can read it, and who works on it.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::{
    Options, SqliteStore,
    batch::Batch,
    checkpoint::Checkpoints,
    chronicle,
    column::micros,
    connection,
    failure::Failure,
    lock::FolderLock,
    patrol::{self, Patrol},
    pending::Pending,
    reader::Readers,
    schema::{self, Tables},
    statement,
    watch::{self, Watch},
    writer::Writer,
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
    /// A newer Tropa wrote it, with which ours does not go together.
    #[error(
        "{path} has schema version {found}, which takes programs that know version {minimum} or later; this one knows versions up \
         to {known}",
        path = path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The oldest that goes together with it.
        minimum: i64,
        /// Ours.
        known: i64,
    },
    /// There is none, but what one held that was lost. To begin an empty one beside it would leave its orders behind.
    #[error(
        "{path} is not there, and {rescued} holds what it held: move that to {path}, or elsewhere to begin anew",
        path = path.display(),
        rescued = rescued.display()
    )]
    Rescued {
        /// The database file.
        path: PathBuf,
        /// The latest copy.
        rescued: PathBuf,
    },
    /// SQLite cannot work with it now: no room, no permission.
    #[error("{path} cannot be opened: {reason}", path = path.display())]
    Unusable {
        /// The database file.
        path: PathBuf,
        /// Why.
        reason: String,
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
/// The writer's page cache, in KiB. Its working set is the tails of the tables and, with ids that callers chose at
/// random, the inner pages of one index.
const WRITER_CACHE: i64 = 16 << 10;
/// A reader's.
const READER_CACHE: i64 = 2 << 10;
/// The checkpointer's, which reads nothing but the log.
const CHECKPOINT_CACHE: i64 = 256;
/// The patrol's, which reads no page twice.
const PATROL_CACHE: i64 = 1 << 10;

pub fn open(options: Options) -> Result<SqliteStore, OpenError> {
    #[cfg(test)]
    let folder = options.folder;
    let Options { path, clock, group_commit, readers, queue, .. } = options;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| OpenError::Io { path: folder.to_owned(), error })?;
    }
    let lock = FolderLock::take(&path)?;
    look_at_header(&path)?;
    if let Some(rescued) = watch::rescued(&path).filter(|_| !path.exists()) {
        return Err(OpenError::Rescued { path, rescued });
    }

    let refused = |error: rusqlite::Error| refusal(&path, &error);
    let threads = |error| OpenError::Io { path: path.clone(), error };
    let mut connection = connection::open(&path).map_err(refused)?;
    look_at_schema(&path, &connection)?;
    if let Some(reason) = patrol::check_at_once(&path, &connection).map_err(refused)? {
        return Err(OpenError::Damaged { path: path.clone(), reason });
    }
    connection::writer(&connection, WRITER_CACHE).map_err(refused)?;
    let version = schema::migrate(&mut connection)
        .map_err(|e| OpenError::Migration { path: path.clone(), reason: e.to_string() })?;
    let unpublished: i64 =
        connection.query_row(statement::COUNT_PENDING, [], |row| row.get(0)).map_err(refused)?;
    let pending = Arc::new(Pending::new(unpublished.unsigned_abs()));
    let left_off = mark(&connection, clock.now())
        .map_err(|e| OpenError::Unusable { path: path.clone(), reason: e.to_string() })?;

    let readers =
        (0..readers.max(1)).map(|_| connection::reader(&path, READER_CACHE)).collect::<Result<_, _>>();
    let readers = Readers::start(readers.map_err(refused)?).map_err(threads)?;
    let mover = connection::checkpointer(&path, CHECKPOINT_CACHE).map_err(refused)?;
    let walker = connection::reader(&path, PATROL_CACHE).map_err(refused)?;
    // Everybody has the files open now, and the log was read.
    let watch = Arc::new(Watch::begin(&path).map_err(threads)?);
    let (requests, jobs) = mpsc::channel(queue.max(1));
    let writer = Writer {
        connection,
        requests: jobs,
        clock: clock.clone(),
        pending: pending.clone(),
        checkpoints: Checkpoints::start(mover).map_err(threads)?,
        patrol: Patrol::start(walker, watch.clone()).map_err(threads)?,
        watch: watch.clone(),
        group_commit,
        lock,
        synchronous: None,
        #[cfg(test)]
        folder,
    };
    thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || writer.run()).map_err(threads)?;
    Ok(SqliteStore { requests, readers, pending, clock, watch, version, group_commit, left_off })
}

/// Notes what the clock shows before anything is written by it. Tells what was written last.
fn mark(connection: &Connection, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, Failure> {
    let left_off = chronicle::left_off(connection)?;
    let mut batch = Batch::begin(connection, micros(now))?;
    chronicle::mark(&mut batch, Duration::ZERO)?;
    batch.finish()?;
    Ok(left_off)
}

fn refusal(path: &Path, error: &rusqlite::Error) -> OpenError {
    let (path, reason) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, reason },
        _ => OpenError::Unusable { path, reason },
    }
}

/// Refuses what is no SQLite file before SQLite sees it: of a short file it would think that it is new.
fn look_at_header(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::with_capacity(MAGIC.len());
    match fs::File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut header)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(OpenError::Io { path: path.to_owned(), error }),
        // Empty: made, but killed before the first write.
        Ok(0) => Ok(()),
        Ok(_) if header == MAGIC => Ok(()),
        Ok(_) => {
            let reason = "its first bytes are not those of a SQLite database".to_owned();
            Err(OpenError::Damaged { path: path.to_owned(), reason })
        }
    }
}

/// Refuses what we did not write, or cannot understand, without changing a byte of it.
fn look_at_schema(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let look = || -> rusqlite::Result<(i64, i64, Tables)> {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let mark = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        Ok((tables, mark, schema::look(connection)?))
    };
    let (tables, mark, seen) = look().map_err(|error| refusal(path, &error))?;
    if tables > 0 && mark != schema::MARK {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let known = schema::newest();
    if !seen.take(known) {
        let Tables { version: found, minimum } = seen;
        return Err(OpenError::Newer { path: path.to_owned(), found, minimum, known });
    }
    Ok(())
}
