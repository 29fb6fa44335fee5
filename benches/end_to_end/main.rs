//! The real binary under load: intake and dispatch over HTTP, durably, with the load generator beside it.
//!
//! Prints the time from start to ready; latencies at a fixed rate of 1,000 orders/s; orders/s at saturation, with group
//! commit and without it in the same run; and, with `--million`, memory and CPU time after a million orders whose drivers
//! deliver. Every run has a fresh data folder and its own ports.

use tropa_test_support::bench::server::{Server, show};

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
    server.show_pickup()
}

fn saturation(group_commit: bool, count: u32, pickups: &str) -> anyhow::Result<()> {
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
        "--pickups",
        pickups,
    ])?;
    let what = if group_commit { "saturation, group commit" } else { "saturation, one commit an order" };
    show(&format!("{what}, pickups {pickups}"), &report);
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
    for pickups in ["spread", "hotspot", "city"] {
        saturation(true, 100_000, pickups)?;
    }
    saturation(false, 5_000, "spread")?;
    if std::env::args().any(|argument| argument == "--million") {
        million()?;
    }
    Ok(())
}
