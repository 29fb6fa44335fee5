//! Drivers for the orders: registered and placed around São Paulo.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;

use super::place;
use crate::wire::{JSON, NDJSON, Target, Wire};

/// Positions in one request.
const BLOCK: usize = 1_000;

/// Registers drivers `load-driver-0` … and puts them within some kilometres of the default pickup.
pub async fn register(target: &Target, count: usize, connections: usize) -> anyhow::Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let bar = super::run::progress(count as u64, "drivers");
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (next, bar, mut wire) = (next.clone(), bar.clone(), Wire::new(target.clone()));
        tasks.spawn(async move {
            loop {
                let from = next.fetch_add(BLOCK, Ordering::Relaxed);
                if from >= count {
                    return anyhow::Ok(());
                }
                let block = from..(from + BLOCK).min(count);
                for n in block.clone() {
                    let body = format!(r#"{{"name":"Driver {n}","status":"available"}}"#);
                    let path = format!("/api/v1/drivers/load-driver-{n}");
                    let (status, answer) = wire.send(Method::PUT, &path, JSON, body).await?;
                    anyhow::ensure!((200..300).contains(&status), "driver refused: {status} {answer:?}");
                    bar.inc(1);
                }
                report(&mut wire, block).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Says again and again where they are: a driver not heard of for a minute is not given orders.
pub async fn keep_fresh(target: Target, count: usize, every: Duration) {
    let mut wire = Wire::new(target);
    loop {
        tokio::time::sleep(every).await;
        for from in (0..count).step_by(BLOCK) {
            // A server that is away hears of them next time.
            let _ = report(&mut wire, from..(from + BLOCK).min(count)).await;
        }
    }
}

async fn report(wire: &mut Wire, drivers: Range<usize>) -> anyhow::Result<()> {
    let at = OffsetDateTime::now_utc().format(&Rfc3339)?;
    let mut lines = String::new();
    for n in drivers {
        let (lat, lng) = place::driver(n);
        writeln!(lines, r#"{{"driver_id":"load-driver-{n}","lat":{lat:.6},"lng":{lng:.6},"at":"{at}"}}"#)?;
    }
    let (status, answer) = wire.send(Method::POST, "/api/v1/drivers/positions", NDJSON, lines).await?;
    anyhow::ensure!((200..300).contains(&status), "positions refused: {status} {answer:?}");
    Ok(())
}
