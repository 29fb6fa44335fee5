//! A clock of a process's own: libfaketime, for that one process alone; installed when it is not there.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The variables under which a process has a clock that is `off`: `+1h`, `-8d`.
pub fn off(by: &str) -> Vec<(&'static str, String)> {
    [usual(), vec![("FAKETIME", by.to_owned())]].concat()
}

/// A clock that can be set while its process runs.
pub struct FakedClock(PathBuf);

impl FakedClock {
    /// Right, until it is set. `file` is read each time somebody asks for the time.
    pub fn at(file: &Path) -> Self {
        let clock = Self(file.to_owned());
        clock.set("+0");
        clock
    }

    /// Sets it, off the right time by so much.
    pub fn set(&self, off: &str) {
        // In one step: half a file would be another time.
        let fresh = self.0.with_extension("new");
        std::fs::write(&fresh, off).expect("a file");
        std::fs::rename(fresh, &self.0).expect("a file");
    }

    /// The variables under which a process has it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let file = ("FAKETIME_TIMESTAMP_FILE", self.0.display().to_string());
        [usual(), vec![file, ("FAKETIME_NO_CACHE", "1".to_owned())]].concat()
    }
}

fn usual() -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    vec![
        ("LD_PRELOAD", library().display().to_string()),
        // Durations are right everywhere.
        ("FAKETIME_DONT_FAKE_MONOTONIC", text("1")),
        ("DONT_FAKE_MONOTONIC", text("1")),
        // Nothing in common with other processes, which may be another user's.
        ("FAKETIME_DISABLE_SHM", text("1")),
    ]
}

fn library() -> PathBuf {
    let tools = crate::root().join("scripts/tools");
    assert!(Command::new(tools).arg("faketime").status().expect("it can be run").success());
    let found = std::fs::read_dir("/usr/lib").expect("a folder").filter_map(Result::ok);
    let places = found.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    places
        .chain([PathBuf::from("/usr/lib/faketime/libfaketime.so.1")])
        .find(|path| path.exists())
        .expect("libfaketime")
}
