//! The relay beside a bare lapin loop, on the same broker and queue in the same run.

use std::time::{Duration, Instant};

use crate::servers::Servers;
use crate::{instance, publish};

/// Messages for each measurement.
const MESSAGES: u32 = 100_000;
/// The relay's default window.
const WINDOW: usize = 1_000;

pub fn measure() -> anyhow::Result<()> {
    let servers = Servers::start()?;
    // Migrates, accepts, and leaves everything in the outbox.
    {
        let instance =
            instance::start(&servers, "bench", "intake", &[("TROPA_OUTBOX_BACKLOG_LIMIT", "10000000")])?;
        let count = MESSAGES.to_string();
        instance.load(&["--rate", "0", "--count", &count, "--connections", "128"])?;
    }
    let relayed = drain(&servers)?;
    let body = servers.sql("tropa", "SELECT payload FROM outbox LIMIT 1")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let bare =
        runtime.block_on(publish::bare(servers.broker()?, MESSAGES as usize, WINDOW, body.as_bytes()))?;
    println!(
        "RabbitMQ without us: a bare lapin loop, persistent, confirms, {WINDOW} in flight, {} bytes",
        body.len()
    );
    println!("  {bare:>7.0} messages/s");
    println!("the relay: claim, publish, confirm, mark");
    println!("  {relayed:>7.0} messages/s, {:.2} x lapin", relayed / bare);
    Ok(())
}

/// Rows a second until the outbox is empty, by an instance that does nothing else.
fn drain(servers: &Servers) -> anyhow::Result<f64> {
    let _instance = instance::start(servers, "bench", "relay", &[])?;
    let begun = Instant::now();
    while unpublished(servers)? > 0 {
        anyhow::ensure!(begun.elapsed() < Duration::from_mins(5), "the outbox is not drained");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(f64::from(MESSAGES) / begun.elapsed().as_secs_f64())
}

/// Rows that are still to be published.
pub fn unpublished(servers: &Servers) -> anyhow::Result<u64> {
    Ok(servers.sql("tropa", "SELECT count(*) FROM outbox_pending")?.parse()?)
}
