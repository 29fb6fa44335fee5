//! `tropa serve`: the server itself.

use std::process::ExitCode;

use clap::Args;

use super::{exit, settings::Settings};
use crate::app;

/// Run the server in the foreground.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    pub fn run(self) -> ExitCode {
        match self.settings.load() {
            Ok(config) => app::run(config),
            Err(errors) => exit::code(Err(errors.into())),
        }
    }
}
