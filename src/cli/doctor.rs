//! `tropa doctor`: one line for each thing that must be right before orders come in.

mod finding;
mod folder;
mod ports;
mod server;
mod servers;

use clap::Args;
use serde_json::json;

use super::{connection::Connection, output::Output, settings::Settings};
use crate::config::Mode;
use finding::Finding;

/// Looks at configuration, data folder or servers, ports, the running server and its clock.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    settings: Settings,
}

impl Doctor {
    pub fn run(self, connection: &Connection, output: Output) -> anyhow::Result<()> {
        let (mut findings, mut loaded) = (Vec::new(), None);
        match self.settings.load() {
            Ok(config) => {
                findings.push(Finding::ok("configuration", "no errors"));
                findings
                    .extend(config.warnings.iter().map(|warning| Finding::warn("configuration", warning)));
                let standalone = config.instance.mode == Mode::Standalone;
                let owner = standalone.then(|| folder::owner(&config.store)).flatten();
                if standalone {
                    findings.extend(folder::examine(&config.store, owner.as_ref()));
                }
                findings.extend(ports::examine(
                    &config.http,
                    owner.is_some() || !standalone && ports::taken(&config.http),
                ));
                loaded = Some(config);
            }
            Err(errors) => {
                findings.extend(errors.0.iter().map(|error| Finding::fail("configuration", error)));
            }
        }
        connection.run(async |client| {
            if let Some(config) = &loaded {
                findings.extend(servers::examine(config).await);
            }
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
