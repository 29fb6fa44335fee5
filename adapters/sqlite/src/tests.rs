//! The adapter against its ports' suites, its schema, and what may happen to its file.

mod backlog;
mod conformance;
mod file;
mod names;
mod room;
mod schema;
mod volume;
mod watching;
mod writing;

use std::sync::Arc;

use tempfile::TempDir;
use tropa_contract::port::SystemClock;

use super::{Options, SqliteStore};

/// A store in a folder of its own, which goes with it.
fn fresh() -> SqliteStore {
    fresh_with(|options| options)
}

/// The same, opened as wished.
fn fresh_with(wish: impl FnOnce(Options) -> Options) -> SqliteStore {
    let folder = TempDir::new().unwrap();
    let options = wish(options_in(&folder));
    SqliteStore::open(Options { folder: Some(folder), ..options }).unwrap()
}

/// The store of a folder.
fn open_in(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(options_in(folder)).unwrap()
}

/// How the store of a folder is opened.
fn options_in(folder: &TempDir) -> Options {
    Options::new(folder.path().join("tropa.db"), Arc::new(SystemClock))
}
