//! Whole instances under load over HTTP, the load generator beside them.

use crate::cost::Usage;
use crate::instance;
use crate::server::{Server, show};
use crate::servers::Servers;

const ALL: &str = "intake,relay,worker,fleet";

/// Latencies at 500 orders a second, whose drivers deliver.
pub fn steady() -> anyhow::Result<()> {
    let servers = Servers::start()?;
    let instance = instance::start(&servers, "bench-1", ALL, &[])?;
    let report = instance.load(&[
        "--rate",
        "500",
        "--duration",
        "20",
        "--warmup",
        "5",
        "--drivers",
        "20000",
        "--deliver-after",
        "5",
        "--wait-dispatched",
        "60",
    ])?;
    show("500 orders/s, fixed rate, one instance, everything on this machine", &report);
    instance.show_pickup()
}

/// Orders per second from acceptance to dispatch: with one instance by where the orders are fetched, then with two and three.
pub fn saturation() -> anyhow::Result<()> {
    for (count, pickups) in [(1, "spread"), (1, "hotspot"), (1, "city"), (2, "spread"), (3, "spread")] {
        let servers = Servers::start()?;
        let instances = (1..=count)
            .map(|n| instance::start(&servers, &format!("bench-{n}"), ALL, &[]))
            .collect::<anyhow::Result<Vec<Server>>>()?;
        // The drivers come first, with an order that is not counted.
        instances[0].load(&["--count", "1", "--drivers", "40001", "--wait-dispatched", "60"])?;
        let before = Usage::now()?;
        let report = instances[0].load(&[
            "--rate",
            "0",
            "--count",
            "40000",
            "--connections",
            "128",
            "--pickups",
            pickups,
            "--wait-dispatched",
            "120",
        ])?;
        show(
            &format!("saturation, {count} instance(s), pickups {pickups}, everything on this machine"),
            &report,
        );
        println!("  cpu         an order: {}", before.since(report.accepted as f64)?);
        println!("  memory      {:.0} MiB resident in the first", instances[0].resident()?);
    }
    Ok(())
}
