//! A setting as people read it.

use std::{fmt, path::PathBuf};

use serde::Serialize;

/// One setting: what it is, what it is set to, and who said so.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its key in the file: `http.port`.
    pub key: &'static str,
    /// Its variable: `WEB_SERVER_PORT`.
    pub variable: &'static str,
    /// Its value; masked if it is a secret, none if it is not set.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
    /// Its value when nobody sets it.
    pub default: Option<String>,
    /// What it may be.
    pub allowed: String,
    /// What it does.
    pub about: &'static str,
    /// Whether its value is never shown, and may lie in a file that `<variable>_FILE` names.
    pub secret: bool,
}

/// Where a value comes from, weakest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// The file `.env`.
    DotEnv(PathBuf),
    /// The environment.
    Environment,
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) | Self::DotEnv(path) => path.display().fmt(f),
            Self::Environment => f.write_str("environment"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
