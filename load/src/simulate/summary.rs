//! What happened in the city.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::loadgen::Latency;

/// Counts while the city lives.
#[derive(Debug, Default)]
pub struct Counts {
    pub created: AtomicU64,
    pub dispatched: AtomicU64,
    pub delivered: AtomicU64,
    pub cancelled: AtomicU64,
    pub manual: AtomicU64,
    pub failed: AtomicU64,
}

impl Counts {
    /// One more.
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }

    /// Orders that are neither delivered nor called off nor with a person.
    pub fn open(&self) -> u64 {
        let done = [&self.delivered, &self.cancelled, &self.manual].map(Self::get).iter().sum::<u64>();
        Self::get(&self.created).saturating_sub(done)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} created, {} dispatched, {} delivered, {} cancelled, {} manual, {} open",
            Self::get(&self.created),
            Self::get(&self.dispatched),
            Self::get(&self.delivered),
            Self::get(&self.cancelled),
            Self::get(&self.manual),
            self.open()
        )?;
        match Self::get(&self.failed) {
            0 => Ok(()),
            failed => write!(f, ", {failed} requests failed"),
        }
    }
}

/// The city's life in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// How long the city lived.
    pub seconds: f64,
    /// Orders that were accepted.
    pub created: u64,
    /// Orders seen with a driver.
    pub dispatched: u64,
    /// Orders brought home.
    pub delivered: u64,
    /// Orders called off by their customers.
    pub cancelled: u64,
    /// Orders left to a person.
    pub manual: u64,
    /// Orders still under way at the end.
    pub open: u64,
    /// Requests refused or not answered.
    pub failed: u64,
    /// Accepted to dispatched, as the server stamped it.
    pub dispatch: Latency,
}

impl Summary {
    /// Fails when a request was refused or got no answer.
    pub fn verdict(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.failed == 0, "some requests were refused or not answered");
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lived       {:.0} s", self.seconds)?;
        writeln!(f, "created     {}", self.created)?;
        writeln!(f, "dispatched  {} ({})", self.dispatched, self.dispatch)?;
        writeln!(f, "delivered   {}", self.delivered)?;
        writeln!(f, "cancelled   {}", self.cancelled)?;
        writeln!(f, "manual      {}", self.manual)?;
        writeln!(f, "open        {}", self.open)?;
        writeln!(f, "failed      {} requests", self.failed)
    }
}
