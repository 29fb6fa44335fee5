//! `tropa migrate`: brings the schema of a data folder or of PostgreSQL up to date; `serve` does it too.

use clap::Args;
use serde_json::json;

use super::{output::Output, settings::Settings};
use crate::{app, config::Mode};

/// Which data folder, or which database.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    settings: Settings,
}

impl Migrate {
    pub fn run(self, output: Output) -> anyhow::Result<()> {
        let config = self.settings.load()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let version = runtime.block_on(app::migrate(&config))?;
        let database = match config.instance.mode {
            Mode::Standalone => config.store.database().display().to_string(),
            // Its address is a secret as a whole.
            Mode::Distributed => "the PostgreSQL database".to_owned(),
        };
        output.value(&json!({ "database": database, "schema_version": version }), |_| {
            format!("{database} is at schema version {version}")
        });
        Ok(())
    }
}
