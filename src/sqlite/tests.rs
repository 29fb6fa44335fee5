//! The adapter against its ports' suites, its schema, and what may happen to its file.

mod backlog;
mod conformance;
mod file;
mod room;
mod schema;
mod writing;

use std::sync::Arc;

use tempfile::TempDir;
use tropa_dispatch::port::SystemClock;

use super::{Options, SqliteStore};

/// A store in a folder that is gone already: its open files live on until it is dropped, and nothing is left behind.
fn fresh() -> SqliteStore {
    open_in(&TempDir::new().unwrap())
}

/// The store of a folder.
fn open_in(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(options_in(folder)).unwrap()
}

/// How the store of a folder is opened.
fn options_in(folder: &TempDir) -> Options {
    Options::new(folder.path().join("tropa.db"), Arc::new(SystemClock))
}
