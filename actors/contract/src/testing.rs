//! Conformance suites: what an adapter must do to stand behind a port.
//!
//! Each suite is one call in the adapter's test. It makes a fresh adapter for every case and panics with the name of
//! what was broken. Adapters differ in speed, never in meaning.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a suite is a test: it fails by panicking")]

pub mod audit;
pub mod broker;
pub mod chronicle;
pub mod dead_letters;
pub mod driver_index;
pub mod driver_store;
pub mod fleet;
pub mod instances;
pub mod leases;
pub mod names;
pub mod operations;
pub mod order_store;
pub mod outbox;
pub mod sample;
pub mod silence;
pub mod stalls;
mod words;

use std::time::Duration;

/// Nothing a suite waits for takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for what must happen.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("did not happen in time: {what}"))
}

/// Asks again until the answer is there: for what a lease's end brings about.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}
