//! `tropa config`: what is set, by whom, and whether it is right.

mod pem;

use std::fmt::Write as _;

use clap::Subcommand;
use serde_json::json;

use super::{
    output::{Output, say},
    settings::Settings,
    table::{Column, list},
};
use crate::config::{ConfigErrors, Entry, Origins};

/// Look at the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Every setting, its value and where that comes from; secrets are masked
    Show(Box<Settings>),
    /// Say what is wrong, all of it, and with the PEM files it names; exit code 64 then
    Check(Box<Settings>),
    /// The table of all settings, as Markdown
    Reference,
}

const COLUMNS: [Column; 4] = [
    Column::text("KEY", "/key"),
    Column::text("VARIABLE", "/variable"),
    Column::text("VALUE", "/value"),
    Column::text("FROM", "/origin"),
];

impl Config {
    pub fn run(self, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Show(settings) => {
                let config = settings.load()?;
                config.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
                output.value(&json!(config.entries), |rows| {
                    list(rows.as_array().map_or(&[], Vec::as_slice), &COLUMNS)
                });
            }
            Self::Check(settings) => {
                let config = settings.load()?;
                let wrong = pem::wrong(&config);
                anyhow::ensure!(wrong.is_empty(), ConfigErrors(wrong));
                let lines = config.warnings.iter().map(|warning| format!("warning: {warning}"));
                let lines: Vec<String> = lines.chain(["the configuration is right".to_owned()]).collect();
                output.value(&json!({ "ok": true, "warnings": config.warnings }), |_| lines.join("\n"));
            }
            Self::Reference => say(&reference(&crate::config::load(Origins::none())?.entries)),
        }
        Ok(())
    }
}

/// `docs/CONFIGURATION.md`.
fn reference(entries: &[Entry]) -> String {
    let mut text = String::from(include_str!("config/reference.md"));
    for Entry { key, variable, default, allowed, about, secret, .. } in entries {
        // The number of cores is this machine's.
        let depends = about.contains("default: ");
        let default = if depends { None } else { default.as_deref() };
        let default = default.map_or_else(String::new, |value| format!("`{value}`"));
        let about = if *secret { format!("{about}; secret") } else { (*about).to_owned() };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{variable}` | `{key}` | {default} | {allowed} | {about} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_up_to_date() {
        let written = include_str!("../../docs/CONFIGURATION.md");
        let entries = crate::config::load(Origins::none()).unwrap().entries;
        assert!(written == reference(&entries), "run: tropa config reference > docs/CONFIGURATION.md");
    }
}
