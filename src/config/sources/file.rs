//! `tropa.toml`, flattened to `section.key = text`.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use crate::config::ConfigError;

/// The file that was named, or `tropa.toml` if there is one.
pub(super) fn read(
    named: Option<PathBuf>,
    folder: &Path,
    errors: &mut Vec<ConfigError>,
) -> Option<(PathBuf, BTreeMap<String, String>)> {
    let must_exist = named.is_some();
    let path = named.unwrap_or_else(|| folder.join("tropa.toml"));
    let content = match std::fs::read_to_string(&path) {
        Ok(content) => content,
        Err(error)
            if !must_exist && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            return None;
        }
        Err(error) => {
            errors.push(ConfigError::File { path, reason: format!("cannot be read: {error}") });
            return None;
        }
    };
    match content.parse::<Table>() {
        Ok(table) => {
            let mut keys = BTreeMap::new();
            flatten("", &table, &mut keys);
            Some((path, keys))
        }
        Err(error) => {
            let line = error.span().map_or(1, |span| content[..span.start].matches('\n').count() + 1);
            let reason = format!("line {line} is not TOML: {}", error.message().replace('\n', ", "));
            errors.push(ConfigError::File { path, reason });
            None
        }
    }
}

fn flatten(prefix: &str, table: &Table, keys: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        match value {
            Value::Table(inner) => flatten(&format!("{key}."), inner, keys),
            other => {
                keys.insert(key, written(other));
            }
        }
    }
}

/// As the environment would say it, so that one form reads both.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(","),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(on) => on.to_string(),
        Value::Datetime(time) => time.to_string(),
        // No setting is an array of tables; no form reads this, and the error shows it.
        Value::Table(_) => "{…}".to_owned(),
    }
}
