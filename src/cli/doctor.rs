//! `tropa doctor`: one line for each thing that must be right before orders come in.

mod finding;
mod folder;
mod ports;
mod server;

use clap::Args;
use serde_json::json;

use super::{connection::Connection, output::Output, settings::Settings};
use finding::Finding;

/// Looks at configuration, data folder, ports, server and clock.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    settings: Settings,
}

impl Doctor {
    pub fn run(self, connection: &Connection, output: Output) -> anyhow::Result<()> {
        let mut findings = Vec::new();
        match self.settings.load() {
            Ok(config) => {
                findings.push(Finding::ok("configuration", "no errors"));
                findings
                    .extend(config.warnings.iter().map(|warning| Finding::warn("configuration", warning)));
                let owner = folder::owner(&config.store);
                findings.extend(folder::examine(&config.store, owner.as_ref()));
                findings.extend(ports::examine(&config.http, owner.is_some()));
            }
            Err(errors) => {
                findings.extend(errors.0.iter().map(|error| Finding::fail("configuration", error)));
            }
        }
        connection.run(async |client| {
            findings.extend(server::examine(&client).await);
            Ok(())
        })?;
        output.value(&json!(findings), |_| {
            findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        });
        let failed = findings.iter().filter(|finding| finding.failed()).count();
        anyhow::ensure!(failed == 0, "{failed} of {} are not right", findings.len());
        Ok(())
    }
}
