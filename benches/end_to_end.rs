//! The real binary under load: intake and dispatch over HTTP, durably, with the load generator beside it.
//!
//! Prints the time from start to ready; latencies at a fixed rate of 1,000 orders/s; orders/s at saturation, with group
//! commit and without it in the same run; and, with `--million`, memory and CPU time after a million orders whose drivers
//! deliver. Every run has a fresh data folder and its own ports.

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
struct Report {
    sent: u64,
    accepted: u64,
    per_second: f64,
    latency: Latency,
    dispatched: Option<Dispatched>,
}

#[derive(Deserialize)]
#[allow(clippy::struct_field_names, reason = "units in names at the edges")]
struct Latency {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

#[derive(Deserialize)]
struct Dispatched {
    orders: u64,
    per_second: f64,
    latency: Latency,
}

/// A running server; stopped in order when dropped.
struct Server {
    child: Child,
    url: String,
    ready: Duration,
    _data: tempfile::TempDir,
}

impl Server {
    fn start(environment: &[(&str, &str)]) -> anyhow::Result<Self> {
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

    fn load(&self, arguments: &[&str]) -> anyhow::Result<Report> {
        let output = Command::new(TROPA)
            .args(["--url", &self.url, "--output", "json", "loadgen", "--refresh", "0"])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("loadgen said {:?}", String::from_utf8_lossy(&output.stdout)))
    }

    /// Resident memory in MiB.
    fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Seconds of CPU used so far.
    fn cpu(&self) -> anyhow::Result<f64> {
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

fn show(what: &str, report: &Report) {
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

fn starts() -> anyhow::Result<()> {
    let mut ready = (0..5).map(|_| Ok(Server::start(&[])?.ready)).collect::<anyhow::Result<Vec<_>>>()?;
    ready.sort();
    println!("start to ready, fresh data folder: {:.0} ms (median of 5)", ready[2].as_secs_f64() * 1e3);
    Ok(())
}

fn steady() -> anyhow::Result<()> {
    let server = Server::start(&[])?;
    let report = server.load(&[
        "--rate",
        "1000",
        "--duration",
        "15",
        "--warmup",
        "3",
        "--drivers",
        "20000",
        "--wait-dispatched",
        "30",
    ])?;
    show("1,000 orders/s, fixed rate", &report);
    Ok(())
}

fn saturation(group_commit: bool, count: u32) -> anyhow::Result<()> {
    let switch = group_commit.to_string();
    let server = Server::start(&[("TROPA_GROUP_COMMIT", &switch)])?;
    let count = count.to_string();
    let before = server.cpu()?;
    let report = server.load(&[
        "--rate",
        "0",
        "--count",
        &count,
        "--connections",
        "256",
        "--drivers",
        &count,
        "--wait-dispatched",
        "300",
    ])?;
    let what = if group_commit { "saturation, group commit" } else { "saturation, one commit an order" };
    show(what, &report);
    println!("  cpu         {:.0} µs an order, drivers' registration included", {
        (server.cpu()? - before) * 1e6 / report.accepted as f64
    });
    println!("  memory      {:.0} MiB resident", server.resident()?);
    Ok(())
}

fn million() -> anyhow::Result<()> {
    let server = Server::start(&[])?;
    let report = server.load(&[
        "--rate",
        "0",
        "--count",
        "1000000",
        "--connections",
        "128",
        "--drivers",
        "20000",
        "--deliver-after",
        "1",
        "--wait-dispatched",
        "300",
    ])?;
    show("a million orders, delivered after a second", &report);
    println!("  memory      {:.0} MiB resident at the end", server.resident()?);
    println!("  cpu         {:.0} µs an order", server.cpu()? * 1e6 / report.accepted as f64);
    Ok(())
}

fn main() -> anyhow::Result<()> {
    starts()?;
    steady()?;
    saturation(true, 100_000)?;
    saturation(false, 5_000)?;
    if std::env::args().any(|argument| argument == "--million") {
        million()?;
    }
    Ok(())
}
