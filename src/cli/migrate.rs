//! `tropa migrate`: brings a data folder's schema up to date; `serve` does it too.

use clap::Args;
use serde_json::json;

use super::{output::Output, settings::Settings};
use crate::app;

/// Which data folder.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    settings: Settings,
}

impl Migrate {
    pub fn run(self, output: Output) -> anyhow::Result<()> {
        let config = self.settings.load()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let version = runtime.block_on(app::migrate(&config.store))?;
        let database = config.store.database();
        output.value(&json!({ "database": database, "schema_version": version }), |_| {
            format!("{} is at schema version {version}", database.display())
        });
        Ok(())
    }
}
