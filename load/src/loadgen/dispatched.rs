//! From accepted to dispatched, seen from outside: the store's count says when all are through, whichever instance did it,
//! and the orders' own timestamps how long each took.

use std::time::Duration;

use hdrhistogram::Histogram;
use http::Method;
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::ledger::order_id;
use super::report::{Dispatched, Latency, Report};
use crate::wire::{JSON, Target, Wire};

/// Between two looks at the count.
const POLL: Duration = Duration::from_millis(100);

/// Orders whose timestamps are read.
const SAMPLE: u64 = 5_000;

/// How many orders have, or had, a driver. Nobody cancels them meanwhile.
pub async fn count(target: &Target) -> anyhow::Result<u64> {
    let mut wire = Wire::new(target.clone());
    read(&mut wire).await
}

#[derive(Deserialize)]
struct Overview {
    orders: Counts,
}

#[derive(Deserialize)]
struct Counts {
    dispatched: u64,
    delivered: u64,
}

async fn read(wire: &mut Wire) -> anyhow::Result<u64> {
    let (status, body) = wire.send(Method::GET, "/api/v1/overview", JSON, "").await?;
    anyhow::ensure!(status == 200, "/api/v1/overview answered {status}");
    let Overview { orders: Counts { dispatched, delivered } } = serde_json::from_slice(&body)?;
    Ok(dispatched + delivered)
}

/// Waits until as many orders as were accepted are dispatched, then samples how long that took each.
pub async fn wait(
    target: &Target,
    before: u64,
    report: &Report,
    prefix: &str,
    patience: Duration,
) -> anyhow::Result<Dispatched> {
    let mut wire = Wire::new(target.clone());
    let begun = Instant::now();
    let mut orders = 0;
    let all = loop {
        // A server too busy to say is asked again.
        if let Ok(count) = read(&mut wire).await {
            orders = count.saturating_sub(before);
        }
        if orders >= report.accepted {
            break true;
        }
        if begun.elapsed() > patience {
            break false;
        }
        tokio::time::sleep(POLL).await;
    };
    let seconds = report.seconds + begun.elapsed().as_secs_f64();
    let (latency, sample) = sample(&mut wire, prefix, report.sent).await?;
    Ok(Dispatched { orders, all, per_second: orders as f64 / seconds, latency, sample })
}

#[derive(Deserialize)]
struct Step {
    event: String,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

async fn sample(wire: &mut Wire, prefix: &str, sent: u64) -> anyhow::Result<(Latency, usize)> {
    let mut latency_us = Histogram::<u64>::new(3)?;
    for n in (0..sent).step_by((sent / SAMPLE).max(1) as usize) {
        let path = format!("/api/v1/orders/{}/events", order_id(prefix, n));
        let (status, body) = wire.send(Method::GET, &path, JSON, "").await?;
        if status != 200 {
            continue;
        }
        let timeline: Vec<Step> = serde_json::from_slice(&body)?;
        let at = |kind: &str| timeline.iter().find(|step| step.event == kind).map(|step| step.at);
        if let (Some(created), Some(dispatched)) = (at("created"), at("dispatched")) {
            latency_us.record((dispatched - created).whole_microseconds().try_into().unwrap_or(0))?;
        }
    }
    Ok((Latency::of(&latency_us), latency_us.len() as usize))
}
