//! `tropa loadgen` and `tropa simulate`: what came out is printed, and becomes the exit code.

use std::fmt::Display;

use serde::Serialize;
use tropa_load::{loadgen, simulate};

use super::{
    connection::Connection,
    output::{Output, say},
};

/// Fails when an order was refused, failed or not dispatched.
pub(super) fn generate(args: &loadgen::Args, connection: &Connection, output: Output) -> anyhow::Result<()> {
    let report = loadgen::run(args, &connection.target()?)?;
    show(&report, output)?;
    report.verdict(connection.url())
}

/// Fails when a request was refused or got no answer.
pub(super) fn simulate(args: &simulate::Args, connection: &Connection, output: Output) -> anyhow::Result<()> {
    let summary = simulate::run(args, &connection.target()?)?;
    show(&summary, output)?;
    summary.verdict()
}

fn show(outcome: &(impl Display + Serialize), output: Output) -> anyhow::Result<()> {
    match output {
        Output::Json => say(&serde_json::to_string(outcome)?),
        Output::Table => say(&outcome.to_string()),
    }
    Ok(())
}
