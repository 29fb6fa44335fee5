//! `.env`: variables for whoever develops here.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::config::ConfigError;

/// The variables of `.env` in this folder, if there is one. They are handed on, not set: the environment belongs to
/// the whole process.
pub(super) fn read(
    folder: &Path,
    errors: &mut Vec<ConfigError>,
) -> Option<(PathBuf, BTreeMap<String, String>)> {
    let path = folder.join(".env");
    if !path.is_file() {
        return None;
    }
    let lines = dotenvy::from_path_iter(&path).and_then(Iterator::collect);
    match lines {
        Ok(variables) => Some((path, variables)),
        Err(error) => {
            // The line may hold a secret: it is not repeated.
            let reason = match error {
                dotenvy::Error::LineParse(_, column) => {
                    format!("a line is not NAME=value, at column {column}")
                }
                dotenvy::Error::Io(error) => format!("cannot be read: {error}"),
                _ => "cannot be read".to_owned(),
            };
            errors.push(ConfigError::File { path, reason });
            None
        }
    }
}
