//! What PostgreSQL does without us: pgbench with the same two inserts, one order per transaction.

use std::io::Write as _;
use std::process::Command;

use anyhow::Context as _;

use crate::servers::Servers;

/// Clients to try; the best counts.
const CLIENTS: [u32; 5] = [1, 8, 16, 32, 64];
/// Seconds per number of clients.
const SECONDS: u32 = 5;

/// Tables with our columns, constraints and indexes, but none of our triggers.
const TABLES: &str = "CREATE TABLE bench_orders (LIKE orders INCLUDING ALL);
    CREATE TABLE bench_outbox (LIKE outbox INCLUDING ALL)";

/// The two inserts. Ids are random, as clients choose theirs.
const TRANSACTION: &str = include_str!("pgbench.sql");

/// Orders a second at the best number of clients. The database must be migrated.
pub fn best(servers: &Servers) -> anyhow::Result<f64> {
    let mut script = tempfile::NamedTempFile::new()?;
    script.write_all(TRANSACTION.as_bytes())?;
    servers.sql("tropa", TABLES)?;
    let mut best = 0.0_f64;
    for clients in CLIENTS {
        let rate = run(servers, script.path(), clients)?;
        println!("  {clients:>3} clients  {rate:>7.0} orders/s");
        best = best.max(rate);
    }
    Ok(best)
}

fn run(servers: &Servers, script: &std::path::Path, clients: u32) -> anyhow::Result<f64> {
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={SECONDS}"))
        .arg("--file")
        .arg(script)
        .arg(servers.database()?)
        .output()
        .context("pgbench (Debian: postgresql-contrib or postgresql)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    anyhow::ensure!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find(|line| line.starts_with("tps =")).context("pgbench told no tps")?;
    Ok(line.split_whitespace().nth(2).context("no number")?.parse()?)
}
