//! Orders at a fixed rate, honestly measured.
//!
//! Open loop: each request has an intended send time, whatever the server does, and latency counts from there. With a
//! ledger every attempt is on disk before its request goes out, so that after any crash the ledger knows more than the
//! server: what was answered, and what may have arrived.

mod dispatched;
mod fleet;
mod ledger;
mod pace;
mod place;
mod report;
mod run;

use std::path::PathBuf;
use std::time::Duration;

use self::place::Pickups;
pub use self::report::{Latency, Report};
use crate::wire::Target;

/// Sends orders and measures.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Orders per second; 0 = as many as the connections carry.
    #[arg(long, default_value_t = 500.0)]
    pub rate: f64,
    /// For so many seconds.
    #[arg(long, default_value_t = 10.0, conflicts_with = "count")]
    pub duration: f64,
    /// So many orders instead.
    #[arg(long)]
    pub count: Option<u64>,
    /// Seconds at the start that are sent but not measured.
    #[arg(long, default_value_t = 0.0)]
    pub warmup: f64,
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 64)]
    pub connections: usize,
    /// The orders' ids begin with this; by default with the time, so that two runs do not collide.
    #[arg(long)]
    pub prefix: Option<String>,
    /// Registers so many drivers around São Paulo first.
    #[arg(long, default_value_t = 0)]
    pub drivers: usize,
    /// Where the orders are fetched, among drivers who are spread over a city.
    #[arg(long, value_enum, default_value = "spread")]
    pub pickups: Pickups,
    /// Seconds between two reports of where the drivers are; 0 = only once.
    #[arg(long, default_value_t = 20.0, value_name = "SECONDS")]
    pub refresh: f64,
    /// Delivers every order some seconds after it was accepted, so that its driver is free again.
    #[arg(long)]
    pub deliver_after: Option<f64>,
    /// Waits until every accepted order is dispatched, and measures that too; gives up after so many seconds.
    #[arg(long)]
    pub wait_dispatched: Option<f64>,
    /// Writes every attempt and its answer to this file, synced to disk.
    #[arg(long)]
    pub ledger: Option<PathBuf>,
}

/// How many orders, how fast, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub rate: f64,
    pub total: u64,
    pub limit: Option<Duration>,
    pub warmup: Duration,
}

impl Plan {
    fn of(args: &Args) -> anyhow::Result<Self> {
        let rate = (0.0..=1e6).contains(&args.rate);
        anyhow::ensure!(rate, "--rate must be between 0 and 1000000 orders a second, got {}", args.rate);
        anyhow::ensure!(args.connections > 0, "--connections must be at least 1");
        let seconds = |name, value: f64| {
            anyhow::ensure!((0.0..=86_400.0).contains(&value), "{name} must be between 0 and 86400 seconds");
            Ok(Duration::from_secs_f64(value))
        };
        let (warmup, duration) = (seconds("--warmup", args.warmup)?, seconds("--duration", args.duration)?);
        seconds("--refresh", args.refresh)?;
        args.deliver_after.map(|after| seconds("--deliver-after", after)).transpose()?;
        args.wait_dispatched.map(|patience| seconds("--wait-dispatched", patience)).transpose()?;
        let whole = (warmup + duration).as_secs_f64();
        let (total, limit) = match args.count {
            Some(count) => (count, None),
            None if args.rate > 0.0 => ((args.rate * whole) as u64, None),
            None => (u64::MAX, Some(warmup + duration)),
        };
        Ok(Self { rate: args.rate, total, limit, warmup })
    }
}

/// Sends the orders and tells what came out. [`Report::verdict`] says whether that is good.
pub fn run(args: &Args, target: &Target) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(measure(args, target))?;
    // Connections that still wait for an answer are of no interest any more.
    runtime.shutdown_background();
    Ok(report)
}

async fn measure(args: &Args, target: &Target) -> anyhow::Result<Report> {
    let plan = Plan::of(args)?;
    let prefix = args.prefix.clone().unwrap_or_else(|| format!("load-{}", uuid::Uuid::now_v7().simple()));
    if args.drivers > 0 {
        fleet::register(target, args.drivers, args.connections.min(64)).await?;
        if args.refresh > 0.0 {
            let every = Duration::from_secs_f64(args.refresh.clamp(0.1, 86_400.0));
            // Ends with the runtime.
            tokio::spawn(fleet::keep_fresh(target.clone(), args.drivers, every));
        }
    }
    let before = match args.wait_dispatched {
        Some(_) => Some(dispatched::count(target).await?),
        None => None,
    };
    let mut report = run::run(args, plan, target, &prefix).await?;
    if let (Some(before), Some(patience)) = (before, args.wait_dispatched) {
        let patience = Duration::from_secs_f64(patience.clamp(0.0, 86_400.0));
        report.dispatched = Some(dispatched::wait(target, before, &report, &prefix, patience).await?);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn refused(argument: &str) -> String {
        match Line::try_parse_from(["loadgen", argument]) {
            Ok(line) => Plan::of(&line.args).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        for (argument, said) in [
            ("--rate=x", "invalid value 'x' for '--rate <RATE>'"),
            ("--rate=-1", "--rate must be between 0 and 1000000 orders a second, got -1"),
            ("--rate=NaN", "--rate must be between 0 and 1000000 orders a second, got NaN"),
            ("--rate=inf", "--rate must be between 0 and 1000000 orders a second, got inf"),
            ("--duration=-1", "--duration must be between 0 and 86400 seconds"),
            ("--refresh=NaN", "--refresh must be between 0 and 86400 seconds"),
            ("--deliver-after=-1", "--deliver-after must be between 0 and 86400 seconds"),
            ("--wait-dispatched=1e9", "--wait-dispatched must be between 0 and 86400 seconds"),
            ("--connections=0", "--connections must be at least 1"),
        ] {
            assert!(refused(argument).contains(said), "{argument}: {}", refused(argument));
        }
    }
}
