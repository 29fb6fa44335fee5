//! What a verb prints: tables for people, JSON for programs.

use std::io::Write as _;

use clap::ValueEnum;
use serde_json::Value;

use super::{
    client::Answer,
    table::{Column, card, list},
};

/// For whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

impl Output {
    /// Prints the rows at a pointer of an answer; JSON is what the server said, unchanged.
    pub fn rows(self, answer: &Answer, pointer: &str, columns: &[Column]) {
        match self {
            Self::Json => say(&answer.text),
            Self::Table => {
                let rows = answer.json.pointer(pointer).and_then(Value::as_array);
                say(&list(rows.map_or(&[], Vec::as_slice), columns));
            }
        }
    }

    /// Prints one thing.
    pub fn one(self, answer: &Answer, columns: &[Column]) {
        match self {
            Self::Json => say(&answer.text),
            Self::Table => say(&card(&answer.json, columns)),
        }
    }

    /// Prints a value of ours.
    pub fn value(self, value: &Value, table: impl FnOnce(&Value) -> String) {
        match self {
            Self::Json => say(&format!("{value:#}")),
            Self::Table => say(&table(value)),
        }
    }
}

/// A line on standard output. Whoever reads may have seen enough (`| head`): that is no failure.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}
