//! One process a file: claims and counters are in memory, so a second writer would not see the first's.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use super::open::OpenError;

/// The lock, held until dropped. The operating system lets go of it when the process dies, however it dies.
pub struct FolderLock {
    _file: File,
}

/// Beside the database: `tropa.db` is guarded by `tropa.db.lock`.
fn path_beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

impl FolderLock {
    /// Takes the lock, and writes down whose it is.
    pub fn take(database: &Path) -> Result<Self, OpenError> {
        let path = path_beside(database);
        let io = |error| OpenError::Io { path: path.clone(), error };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The owner may be about to write it; then it is nobody's number.
                let _ = file.read_to_string(&mut pid);
                let pid = pid.trim().parse().ok();
                return Err(OpenError::InUse { path: database.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        // Only for people: a full disk must not keep the process from starting and serving reads.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}
