//! A campaign: one data folder, many faults, the ten checks after each.

use std::{path::PathBuf, time::Duration};

use fastrand::Rng;
use tempfile::TempDir;

use super::{
    evidence::{audit_file, drivers, gather, positions},
    load::Load,
};
use crate::{
    checker::{self, Evidence, Verdict},
    harness::{Setup, Tropa},
};

/// Drivers in the city. Fewer than orders, so that orders wait for drivers too.
const DRIVERS: usize = 150;
/// With fewer requests underway a fault has hit nothing.
const ENOUGH_IN_FLIGHT: usize = 4;

/// A Tropa under load, and what is needed to judge it.
pub struct Campaign {
    pub random: Rng,
    pub setup: Setup,
    pub load: Load,
    /// The one that runs.
    pub tropa: Tropa,
    name: &'static str,
    seed: u64,
    data: TempDir,
}

/// What a round came to.
pub enum Round {
    /// A fault hit, and the checks were run.
    Judged(Verdict),
    /// No fault hit anything: says nothing, and is no pass.
    Inconclusive(String),
}

impl Campaign {
    /// Starts a Tropa with drivers on a folder of its own; every choice follows from `TROPA_CHAOS_SEED`.
    pub async fn start(name: &'static str) -> Self {
        let seed = std::env::var("TROPA_CHAOS_SEED").ok().map(|text| text.parse().expect("a number"));
        Self::seeded(name, seed.unwrap_or_else(|| fastrand::u64(..))).await
    }

    /// Another one on a fresh folder, with other choices.
    pub async fn next(mut self) -> Self {
        let seed = self.random.u64(..);
        Self::seeded(self.name, seed).await
    }

    async fn seeded(name: &'static str, seed: u64) -> Self {
        println!("{name}: TROPA_CHAOS_SEED={seed}");
        let data = tempfile::tempdir().expect("a folder");
        let setup = Setup::on(data.path())
            .with("TROPA_AUDIT_LOG", audit_file(data.path()).display())
            .with("TROPA_LOG", "warn,tropa=info");
        let tropa = setup.start().await;
        drivers(&tropa, DRIVERS).await;
        let load = Load::new(data.path().join("ledger.jsonl"), name);
        Self { random: Rng::with_seed(seed), setup, load, tropa, name, seed, data }
    }

    /// Puts it under load for a random while.
    pub async fn under_load(&mut self) {
        self.load.run(self.tropa.url(), &mut self.random);
        self.load.begun(self.random.u64(100..500)).await;
        tokio::time::sleep(Duration::from_micros(self.random.u64(0..200_000))).await;
    }

    /// SIGKILL, now; how many requests it hit.
    pub async fn kill(&mut self) -> usize {
        let in_flight = self.load.in_flight();
        let pid = self.tropa.pid();
        let killed = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(killed.is_ok_and(|status| status.success()));
        self.tropa.ended(Duration::from_secs(5)).await;
        in_flight
    }

    /// A new process on the same folder, and everything known of the drivers' places.
    pub async fn restart(&mut self) {
        self.tropa = self.setup.start().await;
        positions(&self.tropa, DRIVERS).await;
    }

    /// Quiet, then the ten checks.
    pub async fn judge(&self, hit: usize) -> Round {
        let verdict = checker::check(&self.evidence().await);
        if hit < ENOUGH_IN_FLIGHT {
            return Round::Inconclusive(format!("{hit} requests were in flight"));
        }
        Round::Judged(verdict)
    }

    /// Everything the checks look at.
    pub async fn evidence(&self) -> Evidence {
        gather(&self.tropa, &self.load).await
    }

    /// Fails with what was found, how to repeat it, and where everything still lies.
    pub fn report(self, round: usize, verdict: &Verdict) -> Self {
        println!("{} round {round}: {verdict}", self.name);
        if verdict.findings.is_empty() {
            return self;
        }
        let log = self.tropa.log();
        let kept: PathBuf = self.data.keep();
        std::fs::write(kept.join("tropa.log"), log).expect("the log can be kept");
        panic!("{} round {round}, seed {}, evidence in {}: {verdict}", self.name, self.seed, kept.display());
    }
}

/// How many rounds were asked for.
pub fn rounds() -> usize {
    std::env::var("TROPA_CHAOS_ROUNDS").map_or(5, |text| text.parse().expect("a number of rounds"))
}
