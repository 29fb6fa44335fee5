//! What is wrong with a configuration.

use std::{fmt, path::PathBuf};

use super::Origin;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value that the setting cannot have. The value of a secret is not in it.
    #[error("{name} = {value} ({origin}): {allowed}")]
    Value {
        /// The variable, key or flag, as it was written.
        name: String,
        /// What was given.
        value: String,
        /// Who gave it.
        origin: Origin,
        /// What it may be.
        allowed: String,
    },
    /// A setting that must be set, and is not.
    #[error("{name} is not set: {why}")]
    Missing {
        /// Its variable.
        name: &'static str,
        /// Why it must be.
        why: String,
    },
    /// A key that no setting has.
    #[error("{key} ({}): {}", file.display(), unknown(*section, *suggestion))]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        file: PathBuf,
        /// It is a section that was given a value.
        section: bool,
        /// The nearest key there is.
        suggestion: Option<&'static str>,
    },
    /// A flag that sets a key that no setting has.
    #[error("{flag} {key}: unknown key{}", did_you_mean(*suggestion))]
    UnknownFlag {
        /// The flag.
        flag: String,
        /// The key.
        key: String,
        /// The nearest key there is.
        suggestion: Option<&'static str>,
    },
    /// A secret given as itself and as a file.
    #[error("{name} and {name}_FILE are both set: only one of them may be")]
    Both {
        /// The variable of the secret itself.
        name: String,
    },
    /// A file that cannot be read, or is not what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

fn unknown(section: bool, suggestion: Option<&'static str>) -> String {
    if section {
        return "is a section, and has keys of its own, not a value".to_owned();
    }
    format!("unknown key{}", did_you_mean(suggestion))
}

fn did_you_mean(suggestion: Option<&'static str>) -> String {
    suggestion.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

/// Everything that is wrong; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has 1 error:")?,
            n => write!(f, "the configuration has {n} errors:")?,
        }
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for ConfigErrors {}
