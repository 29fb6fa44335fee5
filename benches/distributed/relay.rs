//! The relay beside a bare lapin loop, on the same broker and queue in the same run.

use std::time::{Duration, Instant};

use crate::cost::Usage;
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
    let (relayed, cost) = drain(&servers)?;
    let body = servers.sql("tropa", "SELECT payload FROM outbox LIMIT 1")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let before = Usage::now()?;
    let bare =
        runtime.block_on(publish::bare(servers.broker()?, MESSAGES as usize, WINDOW, body.as_bytes()))?;
    println!(
        "RabbitMQ without us: a bare lapin loop, persistent, confirms, {WINDOW} in flight, {} bytes",
        body.len()
    );
    println!("  {bare:>7.0} messages/s; cpu a message: {}", before.since(f64::from(MESSAGES))?);
    println!("the relay: claim, publish, confirm, mark");
    println!("  {relayed:>7.0} messages/s, {:.2} x lapin; cpu a message: {cost}", relayed / bare);
    Ok(())
}

/// Rows a second by an instance that does nothing else, from the moment the first are out; and what one cost.
fn drain(servers: &Servers) -> anyhow::Result<(f64, String)> {
    let _relay = instance::start(servers, "bench", "relay", &[])?;
    let limit = Instant::now() + Duration::from_mins(5);
    let (mut left, mut begun, before) = (u64::from(MESSAGES), None, Usage::now()?);
    loop {
        let (now, rows) = (Instant::now(), unpublished(servers)?);
        anyhow::ensure!(now < limit, "the outbox is not drained");
        match begun {
            None if rows < left => (begun, left) = (Some(now), rows),
            Some(begun) if rows == 0 => {
                let rate = left as f64 / (now - begun).as_secs_f64();
                return Ok((rate, before.since(f64::from(MESSAGES))?));
            }
            _ => {}
        }
        // Counting costs the machine that is measured.
        std::thread::sleep(Duration::from_millis(if rows > u64::from(MESSAGES) / 10 { 250 } else { 25 }));
    }
}

/// Rows that are still to be published.
pub fn unpublished(servers: &Servers) -> anyhow::Result<u64> {
    Ok(servers.sql("tropa", "SELECT count(*) FROM outbox_pending")?.parse()?)
}
