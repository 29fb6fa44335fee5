//! How a verb ends.

use std::process::ExitCode;

use crate::config::ConfigErrors;

/// Refused or failed.
const FAILED: u8 = 1;
/// `EX_USAGE` of sysexits.h: what the product calls a bad configuration.
const BAD_CONFIGURATION: u8 = 64;

/// Says on standard error what went wrong, and turns it into the exit code.
pub(super) fn code(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    // The chain on one line: a cause says where to look.
    eprintln!("error: {error:#}");
    ExitCode::from(if error.is::<ConfigErrors>() { BAD_CONFIGURATION } else { FAILED })
}
