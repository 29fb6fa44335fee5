//! Whether what we write is what the next start will read.
//!
//! An open file outlives its name. Deleted, moved away or replaced, it takes every write as before, fsync included, and is
//! gone with the process: so before and after each commit the names are looked up, and whoever waits for a commit that no
//! restart will find is told so. Pages that somebody wrote junk into are not seen by that, nor by SQLite while it has
//! good copies in memory; [`patrol`](super::patrol) reads them again, by turns.
//!
//! A file that comes back under its name is taken up again. One that is damaged stays so until the next start, which looks
//! at it anew.

use std::{
    fmt, fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use tropa_contract::port::StoreError;

use super::failure::Failure;

/// What of it could be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It is the one that was opened, and no damage is known.
    Sound,
    /// It, or a file that belongs to it, was deleted, moved, replaced or cut off.
    Lost,
    /// It holds what SQLite did not write.
    Damaged,
}

impl FileState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sound, Self::Lost, Self::Damaged];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Lost => "lost",
            Self::Damaged => "damaged",
        }
    }
}

/// Why nothing is written any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub state: FileState,
    reason: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        Self::Unavailable(trouble.reason)
    }
}

/// A file as the file system knows it, whatever it is called.
type Identity = (u64, u64);

/// The database, its log, and the index of its log, as they were when they were opened.
///
/// Names alone are looked at, never the content: closing any handle on a file lets go of every lock that the process has on
/// it, SQLite's included.
pub struct Watch {
    files: Vec<(PathBuf, Identity)>,
    /// Bytes the database had at least: it never shrinks.
    length: AtomicU64,
    damage: OnceLock<String>,
    /// What was said last, so that it is said once.
    said: Mutex<Option<Trouble>>,
}

/// What stands between a database's name and the moment at which what it held was saved.
const RESCUED: &str = ".rescued-";

/// The latest copy of what this database held when it was lost, if there is one.
pub fn rescued(database: &Path) -> Option<PathBuf> {
    let name = format!("{}{RESCUED}", database.file_name()?.to_str()?);
    let files = fs::read_dir(database.parent()?).ok()?.flatten().map(|file| file.path());
    let dated = |path: PathBuf| {
        let moment = path.file_name()?.to_str()?.strip_prefix(&name)?.parse::<i64>().ok()?;
        Some((moment, path))
    };
    files.filter_map(dated).max().map(|(_, path)| path)
}

impl Watch {
    /// To be called when SQLite has all three open.
    pub fn begin(database: &Path) -> io::Result<Self> {
        let named = ["", "-wal", "-shm"].map(|end| {
            let mut path = database.as_os_str().to_owned();
            path.push(end);
            PathBuf::from(path)
        });
        let known = |path: PathBuf| fs::metadata(&path).map(|seen| (path, identity(&seen)));
        let files = named.into_iter().map(known).collect::<io::Result<_>>()?;
        Ok(Self { files, length: AtomicU64::new(0), damage: OnceLock::new(), said: Mutex::new(None) })
    }

    /// Whether to write, and whether what was written is there.
    pub fn look(&self) -> Result<(), Trouble> {
        let found = self.find();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != found {
            if let Some(trouble) = &found {
                tracing::error!(%trouble, "nothing more is written");
            } else {
                tracing::warn!("the database file is back; writing goes on");
            }
            said.clone_from(&found);
        }
        found.map_or(Ok(()), Err)
    }

    /// Copies what SQLite still holds, before the last handle on it is closed: there may be no other copy.
    pub fn rescue(&self, connection: &Connection, moment: i64) {
        let copy = format!("{}{RESCUED}{moment}", self.database());
        match connection.execute("VACUUM INTO ?1", [&copy]) {
            Ok(_) => tracing::error!(copy, "what the lost database held was saved"),
            Err(error) => tracing::error!(copy, %error, "what the lost database held could not be saved"),
        }
    }

    fn database(&self) -> String {
        self.files.first().map(|(path, _)| path.display().to_string()).unwrap_or_default()
    }

    /// What it came to at the last look.
    pub fn state(&self) -> FileState {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.as_ref().map_or(FileState::Sound, |trouble| trouble.state)
    }

    /// Somebody met a page that is not SQLite's.
    pub fn damaged(&self, how: &str) {
        // The first one says where to look; what follows from it does not.
        let _ = self.damage.set(how.to_owned());
        let _ = self.look();
    }

    /// The same, of a statement's failure.
    pub fn judge(&self, failure: &Failure) {
        if failure.is_damage() {
            self.damaged(&failure.to_string());
        }
    }

    fn find(&self) -> Option<Trouble> {
        if let Some(how) = self.damage.get() {
            let reason = format!("{} is damaged: {how}", self.database());
            return Some(Trouble { state: FileState::Damaged, reason });
        }
        let lost = self.files.iter().enumerate().find_map(|(n, (path, known))| {
            let how = match fs::metadata(path) {
                Err(error) => error.to_string(),
                Ok(seen) if identity(&seen) != *known => "another file is in its place".to_owned(),
                Ok(seen) if n == 0 => return self.cut(seen.len()).map(|how| (path, how)),
                Ok(_) => return None,
            };
            Some((path, how))
        });
        lost.map(|(path, how)| {
            let reason = format!("{} is not the file that was opened any more: {how}", path.display());
            Trouble { state: FileState::Lost, reason }
        })
    }

    fn cut(&self, now: u64) -> Option<String> {
        let before = self.length.fetch_max(now, Ordering::Relaxed);
        (now < before).then(|| format!("it was cut from {before} to {now} bytes"))
    }
}

fn identity(seen: &fs::Metadata) -> Identity {
    (seen.dev(), seen.ino())
}
