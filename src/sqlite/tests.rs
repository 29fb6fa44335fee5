//! The adapter against its ports' suites, its schema, and what may happen to its file.

mod conformance;
mod schema;

use std::sync::Arc;

use tempfile::TempDir;
use tropa_dispatch::port::SystemClock;

use super::{Options, SqliteStore};

/// A store in a folder of its own.
pub fn fresh() -> SqliteStore {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    // The file is unlinked while it is open: nothing is left behind, and the store does not mind.
    drop(folder);
    store
}

/// The store of a folder.
pub fn open_in(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(options_in(folder)).unwrap()
}

/// How the store of a folder is opened.
pub fn options_in(folder: &TempDir) -> Options {
    Options::new(folder.path().join("tropa.db"), Arc::new(SystemClock))
}
