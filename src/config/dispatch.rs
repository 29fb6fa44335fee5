//! The dispatch pipeline: every field of its settings, with the unit in the name. The defaults are the pipeline's own.

mod breaker;
mod pipeline;
mod retention;
mod search;

use tropa_dispatch::settings::Settings;

use super::sources::Sources;

/// How the pipeline and its breaker are set up.
pub(super) fn read(from: &mut Sources) -> Settings {
    let mut settings = Settings::default();
    search::read(from, &mut settings);
    pipeline::read(from, &mut settings);
    retention::read(from, &mut settings);
    settings.breaker = breaker::read(from, &settings.breaker);
    settings
}
