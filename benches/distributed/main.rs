//! Distributed mode on real servers that the bench starts and owns: PostgreSQL, RabbitMQ and Redis from packages.
//!
//! Each figure stands beside what the server does without us, in the same run: intake beside pgbench with the same two
//! inserts, the relay beside a bare lapin loop on the same queue. Then whole instances: latencies at a fixed rate,
//! orders/s at saturation with one, two and three instances on this machine, and a backlog of a million rows.
//!
//! `make bench` runs all; `cargo bench --bench distributed -- intake relay` only what is named.

mod backlog;
mod cost;
mod flow;
mod intake;
mod pgbench;
mod publish;
mod relay;

use tropa_test_support::bench::{instance, server, servers};
type Measure = fn() -> anyhow::Result<()>;

/// What can be measured, in the order of running.
const PARTS: [(&str, Measure); 5] = [
    ("intake", intake::measure),
    ("relay", relay::measure),
    ("steady", flow::steady),
    ("saturation", flow::saturation),
    ("backlog", backlog::measure),
];

fn main() -> anyhow::Result<()> {
    // `cargo bench` passes `--bench`.
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for (name, measure) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|part| part == name) {
            measure()?;
        }
    }
    Ok(())
}
