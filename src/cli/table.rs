//! Rows of JSON as a table.

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use serde_json::Value;

/// A column: its title, and where in a row its value is.
pub(super) struct Column {
    title: &'static str,
    pointer: &'static str,
    show: fn(&Value) -> String,
}

impl Column {
    /// A value as it is.
    pub const fn text(title: &'static str, pointer: &'static str) -> Self {
        Self { title, pointer, show: plain }
    }

    /// An amount, with two digits.
    pub const fn money(title: &'static str, pointer: &'static str) -> Self {
        Self { title, pointer, show: amount }
    }

    /// A time in another shape.
    pub const fn shown(title: &'static str, pointer: &'static str, show: fn(&Value) -> String) -> Self {
        Self { title, pointer, show }
    }

    fn of(&self, row: &Value) -> String {
        row.pointer(self.pointer).map_or_else(String::new, self.show)
    }
}

/// One line a row.
pub(super) fn list(rows: &[Value], columns: &[Column]) -> String {
    if rows.is_empty() {
        return "none".to_owned();
    }
    let mut table = bare();
    table.set_header(columns.iter().map(|column| Cell::new(column.title).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(columns.iter().map(|column| column.of(row)));
    }
    trimmed(&table)
}

/// One line a column; what has no value is left out.
pub(super) fn card(row: &Value, columns: &[Column]) -> String {
    let mut table = bare();
    for column in columns {
        let value = column.of(row);
        if !value.is_empty() {
            table.add_row([Cell::new(column.title).add_attribute(Attribute::Bold), Cell::new(value)]);
        }
    }
    trimmed(&table)
}

fn bare() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// What stands left of each cell.
const PADDING: char = ' ';

fn trimmed(table: &Table) -> String {
    let lines: Vec<String> =
        table.lines().map(|line| line.strip_prefix(PADDING).unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn amount(value: &Value) -> String {
    let text = plain(value);
    let finer = text.split_once('.').is_some_and(|(_, fraction)| fraction.len() > 2);
    if finer { text } else { value.as_f64().map_or(text, |amount| format!("{amount:.2}")) }
}

/// An amount that most orders do not have.
pub(super) fn besides(value: &Value) -> String {
    if value.as_f64() == Some(0.0) { String::new() } else { amount(value) }
}

/// Only when it is so.
pub(super) fn if_so(value: &Value) -> String {
    if value == &Value::Bool(true) { "yes".to_owned() } else { String::new() }
}

/// `2026-11-21T02:14:09.123Z` to the second, without the letters.
pub(super) fn moment(value: &Value) -> String {
    let text = plain(value);
    text.get(..19).map_or(text.clone(), |second| second.replace('T', " "))
}

/// Milliseconds as people say them.
pub(super) fn lasting(value: &Value) -> String {
    let Some(ms) = value.as_u64() else { return String::new() };
    match ms / 1_000 {
        0 => format!("{ms} ms"),
        s @ 1..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..172_800 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

/// Microseconds as people say them.
pub(super) fn micros(value: &Value) -> String {
    match value.as_u64() {
        None => String::new(),
        Some(us @ 0..1_000) => format!("{us} µs"),
        Some(us @ 1_000..1_000_000) => format!("{:.1} ms", us as f64 / 1e3),
        Some(us) => format!("{:.1} s", us as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: [Column; 3] =
        [Column::text("ID", "/id"), Column::money("PRICE", "/price"), Column::shown("SINCE", "/at", moment)];

    #[test]
    fn rows_become_lines() {
        let rows =
            [json!({"id": "a", "price": 110.1, "at": "2026-11-21T02:14:09.123Z"}), json!({"id": "long-id"})];
        let lines: Vec<_> = list(&rows, &COLUMNS).lines().map(str::to_owned).collect();
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&lines[0]), ["ID", "PRICE", "SINCE"]);
        assert_eq!(words(&lines[1]), ["a", "110.10", "2026-11-21", "02:14:09"]);
        assert_eq!(words(&lines[2]), ["long-id"]);
        assert_eq!(list(&[], &COLUMNS), "none");
        assert_eq!(card(&rows[1], &COLUMNS).lines().count(), 1);
    }

    #[test]
    fn times_are_short() {
        assert_eq!(lasting(&json!(999)), "999 ms");
        assert_eq!(lasting(&json!(61_000)), "1 min");
        assert_eq!(lasting(&json!(200_000_000)), "2 d");
        assert_eq!((micros(&json!(12)), micros(&json!(1_500))), ("12 µs".to_owned(), "1.5 ms".to_owned()));
    }
}
