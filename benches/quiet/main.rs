//! What Tropa costs when there is little to do: nothing at all, then 50 orders a second, in both modes; and what it holds in
//! memory with 20,000 drivers at saturation.
//!
//! CPU time and wake-ups are the server's own, of all its threads; the load generator and the database's servers are not
//! counted. Both depend on who else uses the processors: a core that was asleep is woken with cold caches.
//!
//! `make bench-quiet` runs all; `cargo bench --bench quiet -- standalone` only what is named.

mod threads;

use std::{thread, time::Duration};
use tropa_test_support::bench::{
    instance,
    server::{Server, show},
    servers::Servers,
};

use threads::Usage;

const RATE: u64 = 50;
/// What is measured lies within it, and not at its ends.
const RUN: Duration = Duration::from_secs(26);
const WINDOW: Duration = Duration::from_secs(20);
const MARGIN: Duration = Duration::from_secs(3);
const DRIVERS: &str = "20000";
const ALL: &str = "intake,relay,worker,fleet";

fn idle(server: &Server, mode: &str) -> anyhow::Result<()> {
    thread::sleep(MARGIN);
    let before = Usage::of(server.pid())?;
    thread::sleep(WINDOW);
    let used = Usage::of(server.pid())?.since(&before);
    println!("idle, {mode}, {} s", WINDOW.as_secs());
    println!("  cpu         {:.2} % of a core", used.cpu.as_secs_f64() / WINDOW.as_secs_f64() * 100.0);
    println!("  wake-ups    {} a second", used.wakeups(WINDOW.as_secs()));
    println!("  memory      {:.0} MiB resident", server.resident()?);
    Ok(())
}

fn steady(server: &Server, mode: &str) -> anyhow::Result<()> {
    // The drivers come first, with an order that is not counted.
    server.load(&["--count", "1", "--drivers", DRIVERS, "--wait-dispatched", "60"])?;
    let (rate, run) = (RATE.to_string(), RUN.as_secs().to_string());
    let load = ["--rate", &rate, "--duration", &run, "--wait-dispatched", "30"];
    let (report, used) = thread::scope(|scope| {
        let loading = scope.spawn(|| server.load(&load));
        thread::sleep(MARGIN);
        let before = Usage::of(server.pid())?;
        thread::sleep(WINDOW);
        let used = Usage::of(server.pid())?.since(&before);
        let report =
            loading.join().map_err(|_| anyhow::anyhow!("the load generator's thread panicked"))??;
        anyhow::Ok((report, used))
    })?;
    let orders = RATE * WINDOW.as_secs();
    show(&format!("{RATE} orders/s, {mode}"), &report);
    println!("  cpu         {:.0} µs an order", used.cpu.as_secs_f64() * 1e6 / orders as f64);
    println!("  wake-ups    {} an order", used.wakeups(orders));
    println!("  memory      {:.0} MiB resident", server.resident()?);
    Ok(())
}

/// Orders as fast as they are taken, each delivered after a second, so that the drivers last.
fn saturation(server: &Server, mode: &str, count: u32) -> anyhow::Result<()> {
    let count = count.to_string();
    let load = ["--rate", "0", "--count", &count, "--connections", "128", "--drivers", DRIVERS];
    let report = server.load(&[&load[..], &["--deliver-after", "1", "--wait-dispatched", "300"]].concat())?;
    show(&format!("saturation with {DRIVERS} drivers, {mode}"), &report);
    println!("  memory      {:.0} MiB resident, {:.0} at most", server.resident()?, server.peak()?);
    Ok(())
}

fn standalone() -> anyhow::Result<()> {
    let server = Server::start(&[])?;
    idle(&server, "standalone")?;
    steady(&server, "standalone")?;
    saturation(&Server::start(&[])?, "standalone", 100_000)
}

fn distributed() -> anyhow::Result<()> {
    let servers = Servers::start()?;
    let server = instance::start(&servers, "quiet-1", ALL, &[])?;
    idle(&server, "distributed")?;
    steady(&server, "distributed")?;
    drop((server, servers));
    let servers = Servers::start()?;
    saturation(&instance::start(&servers, "quiet-1", ALL, &[])?, "distributed", 40_000)
}

fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`.
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for (name, measure) in
        [("standalone", standalone as fn() -> anyhow::Result<()>), ("distributed", distributed)]
    {
        if chosen.is_empty() || chosen.iter().any(|part| part == name) {
            measure()?;
        }
    }
    Ok(())
}
