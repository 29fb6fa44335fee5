//! The real binary, started for a measurement, and what `tropa loadgen` says of it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Deserialize;

const PICKUP: &str = "tropa_consumer_pickup_duration_seconds_bucket{le=\"";

/// How long a server may take to become ready: its migrations, and topology that must be declared.
const PATIENCE: Duration = Duration::from_secs(30);

/// The line of the log that says where a server listens.
#[derive(Deserialize)]
struct Serving {
    message: String,
    http: SocketAddr,
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
        let mut child = Command::new(crate::tropa())
            .arg("serve")
            .env("TROPA_DATA_DIR", data.path())
            .env("TROPA_EXAMPLE_DRIVERS", "false")
            .envs([("TROPA_LOG", "warn,tropa::app=info"), ("TROPA_LOG_FORMAT", "json")])
            // Drivers of a long run are silent for minutes.
            .env("TROPA_DRIVER_MAX_AGE_SECONDS", "3600")
            .envs([("WEB_SERVER_PORT", "0"), ("GRPC_PORT", "0"), ("METRICS_PORT", "0")])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let http = address(child.stderr.take().context("piped")?)?;
        until_ready(http)?;
        Ok(Self { child, url: format!("http://{http}"), ready: begun.elapsed(), _data: data })
    }

    pub fn load(&self, arguments: &[&str]) -> anyhow::Result<Report> {
        let output = Command::new(crate::tropa())
            .args(["--url", &self.url, "--output", "json", "loadgen", "--refresh", "0"])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("loadgen said {:?}", String::from_utf8_lossy(&output.stdout)))
    }

    /// Prints the median of what it takes from an order's writing to its consumer, read from the histogram as Prometheus'
    /// `histogram_quantile` does: as if a bucket's values lay evenly in it.
    pub fn show_pickup(&self) -> anyhow::Result<()> {
        let text = ask(self.url.trim_start_matches("http://").parse()?, "/metrics")?;
        let buckets: Vec<(f64, f64)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(PICKUP)?.split_once("\"} "))
            .filter_map(|(bound, count)| Some((bound.parse().ok()?, count.trim().parse().ok()?)))
            .collect();
        let half = buckets.last().context("nothing was picked up")?.1 / 2.0;
        let after = buckets.iter().position(|(_, count)| *count >= half).context("no median")?;
        let (from, below) = after.checked_sub(1).map_or((0.0, 0.0), |before| buckets[before]);
        let (to, up_to) = buckets[after];
        let median = from + (to - from) * (half - below) / (up_to - below);
        println!("  picked up   p50 about {:.1} ms after it was written, the commit included", median * 1e3);
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in MiB.
    pub fn resident(&self) -> anyhow::Result<f64> {
        self.mebibytes("VmRSS:")
    }

    /// The most that it was.
    pub fn peak(&self) -> anyhow::Result<f64> {
        self.mebibytes("VmHWM:")
    }

    fn mebibytes(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with(name)).context("no such line")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Seconds of CPU used so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
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

/// Reads the log up to the address, and passes on what follows.
fn address(log: ChildStderr) -> anyhow::Result<SocketAddr> {
    let mut lines = BufReader::new(log).lines();
    while let Some(line) = lines.next().transpose()? {
        match serde_json::from_str::<Serving>(&line) {
            Ok(serving) if serving.message == "serving" => {
                std::thread::spawn(move || {
                    lines.map_while(Result::ok).for_each(|line| {
                        if !line.contains("\"level\":\"INFO\"") {
                            eprintln!("{line}");
                        }
                    });
                });
                return Ok(serving.http);
            }
            _ => eprintln!("{line}"),
        }
    }
    anyhow::bail!("the server does not start")
}

/// The whole answer to a GET, head included.
fn ask(http: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut socket = TcpStream::connect(http)?;
    write!(socket, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}

fn until_ready(http: SocketAddr) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let answer = ask(http, "/readyz")?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "the server is not ready: {answer}");
        std::thread::sleep(Duration::from_millis(1));
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
