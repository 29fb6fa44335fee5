//! Reads settings one by one out of their origins, and remembers everything it saw.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{
    ConfigError, ConfigErrors, Entry, Flag, Origin, Origins, Secret,
    form::{Form, text},
};

mod dotenv;
mod file;
mod others;

/// A name this similar is taken for a slip of the finger: a quarter of its letters may be wrong or swapped. Not
/// Jaro-Winkler, to which all keys of one section look alike.
const NEAR: f64 = 0.75;
const MASK: &str = "********";

/// The name of a setting and what it does.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub key: &'static str,
    pub variable: &'static str,
    pub about: &'static str,
}

/// A setting's name and meaning, short to write.
pub(super) const fn setting(key: &'static str, variable: &'static str, about: &'static str) -> Setting {
    Setting { key, variable, about }
}

/// A value as it was written.
struct Given {
    name: String,
    value: String,
    origin: Origin,
}

/// The origins, opened.
pub(super) struct Sources {
    host: String,
    flags: Vec<Flag>,
    environment: BTreeMap<String, String>,
    dotenv: Option<(PathBuf, BTreeMap<String, String>)>,
    file: Option<(PathBuf, BTreeMap<String, String>)>,
    entries: Vec<Entry>,
    errors: Vec<ConfigError>,
    warnings: Vec<String>,
}

impl Sources {
    /// Reads the files. What cannot be read is an error in the end, with all the others.
    pub fn open(origins: Origins) -> Self {
        let mut errors = Vec::new();
        let Origins { file, flags, environment, folder, host } = origins;
        let named =
            file.or_else(|| environment.get("TROPA_CONFIG").filter(|p| !p.is_empty()).map(PathBuf::from));
        let file = file::read(named, &folder, &mut errors);
        let (entries, warnings) = (Vec::new(), Vec::new());
        let mut sources = Self { host, flags, environment, dotenv: None, file, entries, errors, warnings };
        // Who says `production` anywhere but in `.env` does not want it read.
        let environment = super::instance::ENVIRONMENT;
        if sources
            .given(environment.key, environment.variable)
            .is_none_or(|given| given.value != "production")
        {
            sources.dotenv = dotenv::read(&folder, &mut sources.errors, &mut sources.warnings);
        }
        sources
    }

    /// A setting that always has a value.
    pub fn get<T: 'static>(&mut self, setting: Setting, form: Form<T>, default: T) -> T {
        let shown = (form.show)(&default);
        self.take(setting, form, Some(&shown)).unwrap_or(default)
    }

    /// A setting that may be missing.
    pub fn find<T: 'static>(&mut self, setting: Setting, form: Form<T>) -> Option<T> {
        self.take(setting, form, None)
    }

    /// A setting that is not shown. It may lie in a file of its own.
    pub fn secret(&mut self, setting: Setting, form: &Form<String>) -> Option<Secret> {
        let value = self.secret_text(setting, form);
        let (value, origin) = value.map_or((None, Origin::Default), |(v, origin)| (Some(v), origin));
        let Setting { key, variable, about } = setting;
        let shown = value.as_ref().map(|_| MASK.to_owned());
        let allowed = form.allowed.clone();
        self.entries.push(Entry {
            key,
            variable,
            value: shown,
            origin,
            default: None,
            allowed,
            about,
            secret: true,
        });
        value.map(Secret::new)
    }

    /// Two settings that do not fit together.
    pub fn refuse(&mut self, setting: Setting, why: impl Into<String>) {
        let entry = self.entries.iter().find(|entry| entry.key == setting.key);
        let (value, origin) = entry.map_or((None, Origin::Default), |e| (e.value.clone(), e.origin.clone()));
        let name = self.given(setting.key, setting.variable).map_or(setting.variable.to_owned(), |g| g.name);
        let value = value.unwrap_or_default();
        self.errors.push(ConfigError::Value { name, value, origin, allowed: why.into() });
    }

    /// A setting that must be set. One that is, wrongly, is an error already.
    pub fn missing(&mut self, setting: Setting, why: impl Into<String>) {
        let Setting { key, variable, .. } = setting;
        let file = (format!("{key}_file"), format!("{variable}_FILE"));
        if self.given(key, variable).is_none() && self.given(&file.0, &file.1).is_none() {
            self.errors.push(ConfigError::Missing { name: variable, why: why.into() });
        }
    }

    /// The machine's name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Everything that was seen, or everything that is wrong.
    pub fn close(mut self) -> Result<(Vec<Entry>, Vec<String>), ConfigErrors> {
        self.unknown_keys();
        if self.errors.is_empty() {
            let unread = self.unread_variables();
            self.warnings.extend(unread);
            return Ok((self.entries, self.warnings));
        }
        Err(ConfigErrors(self.errors))
    }

    fn take<T: 'static>(&mut self, setting: Setting, form: Form<T>, default: Option<&str>) -> Option<T> {
        let Setting { key, variable, about } = setting;
        let given = self.given(key, variable);
        let value = given.as_ref().and_then(|given| (form.parse)(given.value.trim()));
        let entry = |value, origin, allowed| Entry {
            key,
            variable,
            value,
            origin,
            default: default.map(str::to_owned),
            allowed,
            about,
            secret: false,
        };
        let Some(Given { name, value: written, origin }) = given else {
            self.entries.push(entry(default.map(str::to_owned), Origin::Default, form.allowed));
            return None;
        };
        if value.is_none() {
            let allowed = format!("must be {}", form.allowed);
            let value = format!("{written:?}");
            self.errors.push(ConfigError::Value { name, value, origin: origin.clone(), allowed });
        }
        let shown = value.as_ref().map_or(written, |value| (form.show)(value));
        self.entries.push(entry(Some(shown), origin, form.allowed));
        value
    }

    fn secret_text(&mut self, setting: Setting, form: &Form<String>) -> Option<(String, Origin)> {
        let plain = self.given(setting.key, setting.variable);
        let pointer = self.given(&format!("{}_file", setting.key), &format!("{}_FILE", setting.variable));
        let (name, value, origin) = match (plain, pointer) {
            (None, None) => return None,
            (Some(_), Some(_)) => {
                self.errors.push(ConfigError::Both { name: setting.variable.to_owned() });
                return None;
            }
            (Some(plain), None) => (plain.name, plain.value, plain.origin),
            (None, Some(Given { name, value: path, origin })) => match std::fs::read_to_string(&path) {
                Ok(content) => (name, content.trim_end_matches(['\r', '\n']).to_owned(), origin),
                Err(error) => {
                    let reason = format!("{name} ({origin}) cannot be read: {error}");
                    self.errors.push(ConfigError::File { path: path.into(), reason });
                    return None;
                }
            },
        };
        if (form.parse)(&value).is_none() {
            let allowed = format!("must be {}", form.allowed);
            self.errors.push(ConfigError::Value { name, value: MASK.to_owned(), origin, allowed });
            return None;
        }
        Some((value, origin))
    }

    /// The strongest origin that gives it. An empty variable is one that is not set: compose files cannot unset.
    fn given(&self, key: &str, variable: &str) -> Option<Given> {
        let flag = self.flags.iter().rev().find(|flag| flag.key == key);
        if let Some(Flag { name, value, .. }) = flag {
            let origin = Origin::Flag((*name).to_owned());
            return Some(Given { name: key.to_owned(), value: value.clone(), origin });
        }
        let of_variable = |value: &String, origin| {
            let filled = !value.is_empty();
            filled.then(|| Given { name: variable.to_owned(), value: value.clone(), origin })
        };
        let environment = self.environment.get(variable);
        if let Some(given) = environment.and_then(|value| of_variable(value, Origin::Environment)) {
            return Some(given);
        }
        if let Some((path, variables)) = &self.dotenv
            && let Some(value) = variables.get(variable)
            && let Some(given) = of_variable(value, Origin::DotEnv(path.clone()))
        {
            return Some(given);
        }
        let (path, keys) = self.file.as_ref()?;
        let value = keys.get(key)?.clone();
        Some(Given { name: key.to_owned(), value, origin: Origin::File(path.clone()) })
    }

    fn unknown_keys(&mut self) {
        let known: BTreeSet<String> = self.entries.iter().flat_map(key_names).collect();
        if let Some((file, keys)) = &self.file {
            for key in keys.keys().filter(|key| !known.contains(*key)) {
                let (key, file) = (key.clone(), file.clone());
                let suggestion = nearest(&key, self.entries.iter().map(|entry| entry.key));
                let within = format!("{key}.");
                let section = known.iter().any(|known| known.starts_with(&within));
                self.errors.push(ConfigError::UnknownKey { key, file, section, suggestion });
            }
        }
        for Flag { name, key, .. } in self.flags.iter().filter(|flag| !known.contains(&flag.key)) {
            let suggestion = nearest(key, self.entries.iter().map(|entry| entry.key));
            let (flag, key) = ((*name).to_owned(), key.clone());
            self.errors.push(ConfigError::UnknownFlag { flag, key, suggestion });
        }
    }

    fn unread_variables(&self) -> Vec<String> {
        let known: BTreeSet<String> = self.entries.iter().flat_map(variable_names).collect();
        let dotenv = self.dotenv.iter().flat_map(|(_, variables)| variables.keys());
        let names: BTreeSet<&String> = self.environment.keys().chain(dotenv).collect();
        let unread =
            |name: &&&String| name.starts_with("TROPA_") && !known.contains(**name) && !others::reads(name);
        let warn = |name: &String| {
            let near = nearest(name, self.entries.iter().map(|entry| entry.variable));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            format!("{name} is set, and nobody reads it{hint}")
        };
        names.iter().filter(unread).map(|name| warn(name)).collect()
    }
}

fn key_names(entry: &Entry) -> impl Iterator<Item = String> {
    let file = entry.secret.then(|| format!("{}_file", entry.key));
    std::iter::once(entry.key.to_owned()).chain(file)
}

fn variable_names(entry: &Entry) -> impl Iterator<Item = String> {
    let file = entry.secret.then(|| format!("{}_FILE", entry.variable));
    std::iter::once(entry.variable.to_owned()).chain(file)
}

fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let likeness = |known: &'static str| (strsim::normalized_damerau_levenshtein(name, known), known);
    let (best, known) = names.map(likeness).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best >= NEAR).then_some(known)
}

/// What a secret text must be.
pub(super) fn password() -> Form<String> {
    text(1..=1024)
}
