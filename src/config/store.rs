//! The data folder.

use std::path::PathBuf;

use super::{
    Mode,
    form::{path, whole},
    sources::{Sources, setting},
};

/// Where what must not be lost is kept.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The folder; made if it is missing.
    pub data_dir: PathBuf,
    /// Threads that read beside the writer.
    pub readers: usize,
    /// A line of JSON for each message as it is published, for an auditor.
    pub audit_log: Option<PathBuf>,
}

impl StoreConfig {
    pub(super) fn read(from: &mut Sources, mode: Mode) -> Self {
        let data_dir =
            setting("store.data_dir", "TROPA_DATA_DIR", "folder of the database; one process at a time");
        let readers = setting("store.readers", "TROPA_STORE_READERS", "threads that read beside the writer");
        let audit_log = setting(
            "store.audit_log",
            "TROPA_AUDIT_LOG",
            "standalone: file that gets a line of JSON for each message as it is published",
        );
        let audit = from.find(audit_log, path());
        if audit.is_some() && mode == Mode::Distributed {
            from.refuse(
                audit_log,
                "must not be set in distributed mode, where messages go to the broker alone",
            );
        }
        Self {
            data_dir: from.get(data_dir, path(), PathBuf::from("./data")),
            readers: from.get(readers, whole(1..=64), 2),
            audit_log: audit,
        }
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("tropa.db")
    }

    /// Locked by the process that has the database open, which writes its number into it.
    pub fn lock(&self) -> PathBuf {
        self.data_dir.join("tropa.db.lock")
    }

    /// Where a running server writes its addresses.
    pub fn addresses(&self) -> PathBuf {
        self.data_dir.join("tropa.addr")
    }
}
