//! The data folder: there, writable, with room, and whose.

use std::{
    fs::{self, File, TryLockError},
    io::Read as _,
    path::Path,
};

use super::finding::Finding;
use crate::config::StoreConfig;

/// An order with its events takes about a kilobyte: below this there is room for a day at most.
const LITTLE: u64 = 1 << 30;
/// Below this the next migration or checkpoint may fail.
const TOO_LITTLE: u64 = 64 << 20;

/// The process that has the folder open; its number, if that could be read.
pub(super) struct Owner(Option<u32>);

/// Who has the folder open. The lock is only tried: whoever starts in this moment tries again.
pub(super) fn owner(store: &StoreConfig) -> Option<Owner> {
    let mut file = File::open(store.lock()).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = file.read_to_string(&mut pid).is_ok();
            Some(Owner(if read { pid.trim().parse().ok() } else { None }))
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

pub(super) fn examine(store: &StoreConfig, owner: Option<&Owner>) -> Vec<Finding> {
    let folder = &store.data_dir;
    let shown = folder.display();
    let mut findings = Vec::new();
    if !folder.exists() {
        findings.push(Finding::ok("data folder", format!("{shown} is not there yet: serve makes it")));
    } else if let Err(error) = write_something(folder) {
        findings.push(Finding::fail("data folder", format!("{shown} cannot be written: {error}")));
    } else {
        findings.push(Finding::ok("data folder", format!("{shown} can be written")));
    }
    findings.extend(space(folder));
    findings.push(match owner {
        None => Finding::ok("data lock", "free"),
        Some(Owner(Some(pid))) => Finding::ok("data lock", format!("held by process {pid}")),
        Some(Owner(None)) => Finding::warn("data lock", "held by a process that did not say which"),
    });
    findings
}

fn write_something(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    fs::write(&probe, b"tropa")?;
    fs::remove_file(probe)
}

fn space(folder: &Path) -> Option<Finding> {
    // What is not there yet will lie where its nearest parent does.
    let absolute = std::path::absolute(folder).ok()?;
    let there = absolute.ancestors().find(|path| path.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let shown = format!("{} MiB free", free >> 20);
    Some(match free {
        0..TOO_LITTLE => Finding::fail("disk", shown),
        TOO_LITTLE..LITTLE => Finding::warn("disk", shown),
        _ => Finding::ok("disk", shown),
    })
}
