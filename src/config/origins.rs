//! Where settings are looked for.

use std::{collections::BTreeMap, path::PathBuf};

/// A setting given on the command line.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The flag as it is written: `--port`.
    pub name: &'static str,
    /// The key it sets: `http.port`.
    pub key: String,
    /// To what.
    pub value: String,
}

/// Flags, environment and the folder in which `tropa.toml` and `.env` are looked for.
#[derive(Clone, Debug)]
pub struct Origins {
    /// The file that `--config` names; it must exist then.
    pub file: Option<PathBuf>,
    /// What the command line sets.
    pub flags: Vec<Flag>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Where `tropa.toml` and `.env` may be.
    pub folder: PathBuf,
    /// The machine's name.
    pub host: String,
}

impl Origins {
    /// Those of this process. Variables that are not UTF-8 are not ours.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let environment = std::env::vars_os().filter_map(utf8).collect();
        Self { file, flags, environment, folder: PathBuf::from("."), host: host_name() }
    }

    /// Nothing but defaults.
    pub fn none() -> Self {
        // A folder that cannot hold a file: nothing is found in it.
        Self {
            file: None,
            flags: Vec::new(),
            environment: BTreeMap::new(),
            folder: PathBuf::from("/dev/null"),
            host: NAMELESS.to_owned(),
        }
    }
}

/// What a machine is called that does not say.
const NAMELESS: &str = "localhost";

fn host_name() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Some(told.trim()).filter(|name| !name.is_empty()).unwrap_or(NAMELESS).to_owned()
}
