//! A million messages that waited for the broker: how fast they go out, and what that costs in memory.

use std::time::{Duration, Instant};

use crate::relay::unpublished;
use crate::servers::Servers;
use crate::{instance, server::Server};

const ROWS: u64 = 1_000_000;

/// Messages of a million orders that are final already: whoever consumes them has nothing to do. Made inside the
/// database, because what is measured is how they leave it.
const FILL: &str = include_str!("backlog.sql");

pub fn measure() -> anyhow::Result<()> {
    let servers = Servers::start()?;
    // Migrates, and declares the topology.
    drop(instance::start(&servers, "bench", "relay", &[])?);
    servers.sql("tropa", FILL)?;
    let relay = instance::start(&servers, "bench", "relay", &[])?;
    println!("a backlog of {ROWS} messages, one relay");
    let begun = Instant::now();
    let mut most = 0.0_f64;
    for quarter in 1..=4 {
        let left = wait_for(&servers, ROWS - ROWS / 4 * quarter, &relay, &mut most)?;
        let gone = (ROWS - left) as f64;
        let rate = gone / begun.elapsed().as_secs_f64();
        println!("  {gone:>9.0} out  {rate:>7.0}/s so far  {:>4.0} MiB resident", relay.resident()?);
    }
    println!("  {most:>4.0} MiB resident at most");
    Ok(())
}

fn wait_for(servers: &Servers, at_most: u64, relay: &Server, most: &mut f64) -> anyhow::Result<u64> {
    let begun = Instant::now();
    loop {
        let left = unpublished(servers)?;
        *most = most.max(relay.resident()?);
        if left <= at_most {
            return Ok(left);
        }
        anyhow::ensure!(begun.elapsed() < Duration::from_mins(10), "{left} messages are still there");
        std::thread::sleep(Duration::from_millis(250));
    }
}
