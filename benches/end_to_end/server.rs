//! The real binary, started for a measurement, and what `tropa loadgen` says of it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Deserialize;

const TROPA: &str = env!("CARGO_BIN_EXE_tropa");

/// Where a server listens; see `tropa.addr` in its data folder.
#[derive(Deserialize)]
struct Addresses {
    http: std::net::SocketAddr,
}

/// What `loadgen --output json` prints, as far as it is shown.
#[derive(Deserialize)]
pub struct Report {
    pub sent: u64,
    pub accepted: u64,
    pub per_second: f64,
    pub latency: Latency,
    pub dispatched: Option<Dispatched>,
}

#[derive(Deserialize)]
#[allow(clippy::struct_field_names, reason = "units in names at the edges")]
pub struct Latency {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

#[derive(Deserialize)]
pub struct Dispatched {
    pub orders: u64,
    pub per_second: f64,
    pub latency: Latency,
}

/// A running server; stopped in order when dropped.
pub struct Server {
    child: Child,
    pub url: String,
    pub ready: Duration,
    _data: tempfile::TempDir,
}

impl Server {
    pub fn start(environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let begun = Instant::now();
        let child = Command::new(TROPA)
            .arg("serve")
            .env("TROPA_DATA_DIR", data.path())
            .env("TROPA_EXAMPLE_DRIVERS", "false")
            .env("TROPA_LOG", "warn")
            // Drivers of a long run are silent for minutes.
            .env("TROPA_DRIVER_MAX_AGE_SECONDS", "3600")
            .envs([("WEB_SERVER_PORT", "0"), ("GRPC_PORT", "0"), ("METRICS_PORT", "0")])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let http = address(data.path())?;
        Ok(Self { child, url: format!("http://{http}"), ready: begun.elapsed(), _data: data })
    }

    pub fn load(&self, arguments: &[&str]) -> anyhow::Result<Report> {
        let output = Command::new(TROPA)
            .args(["--url", &self.url, "--output", "json", "loadgen", "--refresh", "0"])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("loadgen said {:?}", String::from_utf8_lossy(&output.stdout)))
    }

    /// Resident memory in MiB.
    pub fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Seconds of CPU used so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |n: usize| fields.get(n).and_then(|t| t.parse::<f64>().ok()).context("no ticks");
        // Fields 14 and 15 of proc(5), counted from behind the name; 100 ticks a second on every Linux there is.
        Ok((ticks(11)? + ticks(12)?) / 100.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn address(data: &Path) -> anyhow::Result<std::net::SocketAddr> {
    let begun = Instant::now();
    loop {
        if let Ok(text) = std::fs::read(data.join("tropa.addr")) {
            return Ok(serde_json::from_slice::<Addresses>(&text)?.http);
        }
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(30), "the server does not start");
        std::thread::sleep(Duration::from_micros(200));
    }
}

pub fn show(what: &str, report: &Report) {
    let Report { sent, accepted, per_second, latency, dispatched } = report;
    println!("{what}");
    println!("  accepted    {accepted} of {sent}, {per_second:.0}/s");
    println!(
        "  answered    p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        latency.p50_ms, latency.p99_ms, latency.max_ms
    );
    if let Some(Dispatched { orders, per_second, latency }) = dispatched {
        println!("  dispatched  {orders}, {per_second:.0}/s end to end");
        println!(
            "              p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms after acceptance",
            latency.p50_ms, latency.p99_ms, latency.max_ms
        );
    }
}
