//! A small city. Drivers move and report, orders come in, deliveries finish, some orders are called off.
//! The demo, and the soak.

mod city;
mod driver;
mod summary;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use self::city::City;
pub use self::summary::Summary;
use crate::wire::Target;

/// Runs a small city against a server.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Drivers on the road.
    #[arg(long, default_value_t = 40)]
    pub drivers: usize,
    /// Orders per second, on average; they come at random.
    #[arg(long, default_value_t = 5.0)]
    pub rate: f64,
    /// For so many seconds; 0 = until Ctrl-C.
    #[arg(long, default_value_t = 60.0)]
    pub duration: f64,
    /// Seconds from a dispatch to the delivery, on average.
    #[arg(long, default_value_t = 5.0)]
    pub delivery: f64,
    /// Share of orders that their customers call off, 0 to 1.
    #[arg(long, default_value_t = 0.03)]
    pub cancel: f64,
    /// Seconds between two reports of a driver's position.
    #[arg(long, default_value_t = 2.0)]
    pub report: f64,
}

impl Args {
    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!((1..=100_000).contains(&self.drivers), "--drivers must be between 1 and 100000");
        anyhow::ensure!(self.rate > 0.0 && self.rate <= 1_000.0, "--rate must be above 0 and at most 1000");
        anyhow::ensure!((0.0..=1.0).contains(&self.cancel), "--cancel must be between 0 and 1");
        let seconds =
            [("--duration", self.duration), ("--delivery", self.delivery), ("--report", self.report)];
        for (name, value) in seconds {
            anyhow::ensure!(
                (0.0..=604_800.0).contains(&value),
                "{name} must be between 0 and 604800 seconds"
            );
        }
        anyhow::ensure!(self.report >= 0.1, "--report must be at least 0.1 seconds");
        Ok(())
    }
}

/// Runs the city and tells what came out. [`Summary::verdict`] says whether that is good.
pub fn run(args: &Args, target: &Target) -> anyhow::Result<Summary> {
    args.check()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let summary = runtime.block_on(live(args.clone(), target.clone()))?;
    runtime.shutdown_background();
    Ok(summary)
}

async fn live(args: Args, target: Target) -> anyhow::Result<Summary> {
    let city = Arc::new(City::found(args.clone(), target).await?);
    let mut life = JoinSet::new();
    life.spawn(city.clone().traffic());
    life.spawn(city.clone().deliveries());
    life.spawn(city.clone().status_line());
    let begun = Instant::now();
    let end = (args.duration > 0.0).then(|| begun + Duration::from_secs_f64(args.duration));
    let mut customers = JoinSet::new();
    let mut next = begun;
    loop {
        // Waits between arrivals that come at random are exponential.
        next += Duration::from_secs_f64(-(1.0 - fastrand::f64()).ln() / args.rate);
        let over = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = over => break,
            _ = tokio::signal::ctrl_c() => break,
        }
        customers.spawn(city.clone().customer());
        while customers.try_join_next().is_some() {}
    }
    // What is on the road is brought home, unless somebody insists.
    tokio::select! {
        () = city.quiet() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    life.abort_all();
    city.close();
    Ok(city.summary(begun.elapsed()))
}
