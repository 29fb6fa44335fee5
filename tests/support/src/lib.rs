//! What tests and benches share: the real binary with a folder of its own ([`harness`], [`mod@bench`]), the servers it
//! needs ([`servers`], [`owned`]), a bad network in front of them ([`proxy`]), orders as shops export them ([`shops`]), and
//! the checker that judges a run from outside ([`checker`]).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]
#![allow(clippy::cast_possible_wrap, reason = "counts of a test")]
#![allow(missing_docs, reason = "names of a test's own")]

pub mod bench;
pub mod checker;
pub mod harness;
pub mod owned;
pub mod proxy;
pub mod servers;
pub mod shops;

use std::path::{Path, PathBuf};

/// The root of the project.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The program that belongs to the test or bench that runs: Cargo puts it beside the folder of theirs.
fn tropa() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    own.parent().and_then(Path::parent).expect("a test lies in target/<profile>/deps").join("tropa")
}
