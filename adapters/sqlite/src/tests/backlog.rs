//! More messages than memory holds.

use std::{collections::HashMap, time::Duration};

use tropa_contract::{
    port::{Claimed, OrderStore, Outbox, Relayed, Settlement},
    testing::sample::{command, creation, far_away, manual, postpone, postponed},
};

use super::fresh;

const LEASE: Duration = Duration::from_mins(1);

fn published(claimed: &Claimed) -> Settlement {
    Settlement { id: claimed.id, token: claimed.token, outcome: Relayed::Published }
}

#[tokio::test]
async fn a_long_backlog_is_published_whole_and_in_order() {
    let store = fresh();
    // More than memory takes in, each order with a second message behind its first.
    let orders = 9_000_u32;
    for start in (0..orders).step_by(500) {
        let batch: Vec<_> = (start..start + 500).map(|i| creation(&format!("o-{i}"))).collect();
        let steps = batch.iter().map(|created| command(manual(&created.order))).collect();
        store.create(batch.into()).await.unwrap();
        store.apply(steps).await.unwrap();
    }
    assert_eq!(store.backlog().await.unwrap().pending, u64::from(orders) * 2);
    let mut versions: HashMap<String, Vec<u64>> = HashMap::new();
    loop {
        let claimed = store.claim("relay", 700, LEASE).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        for claim in &claimed {
            versions.entry(claim.envelope.order_id.to_string()).or_default().push(claim.envelope.version);
        }
        let settled = store.settle(claimed.iter().map(published).collect()).await.unwrap();
        assert_eq!(settled, claimed.len() as u64);
    }
    assert_eq!(versions.len(), orders as usize);
    assert!(
        versions.values().all(|versions| versions == &[1, 2]),
        "each order's messages once, in their order"
    );
    assert_eq!(store.backlog().await.unwrap().pending, 0);
}

#[tokio::test]
async fn a_full_memory_misses_nothing_that_comes_later() {
    let store = fresh();
    let batch =
        |name: &str, count: u32| (0..count).map(|i| creation(&format!("{name}-{i}"))).collect::<Vec<_>>();
    store.create(batch("first", 9_000).into()).await.unwrap();
    // Held by a relay that dies: they come back before their place in the table is reached again.
    let held = store.claim("dead", 2_000, LEASE).await.unwrap();
    store.create(batch("second", 1_000).into()).await.unwrap();
    // Fails in the past of what was looked at.
    let failed = held[..10].iter().map(|claimed| {
        let retry_at = claimed.envelope.created_at;
        Settlement {
            outcome: Relayed::Failed { error: "no route".to_owned(), retry_at },
            ..published(claimed)
        }
    });
    store.settle(failed.collect()).await.unwrap();
    store.abandon("dead").await.unwrap();
    let waiting = creation("waiting");
    store.create(vec![waiting.clone()].into()).await.unwrap();
    store.apply(vec![postpone(postponed(&waiting.order, far_away()))].into()).await.unwrap();
    let mut seen = HashMap::new();
    loop {
        let claimed = store.claim("relay", 300, LEASE).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        store.settle(claimed.iter().map(published).collect()).await.unwrap();
        for claim in claimed {
            *seen.entry(claim.envelope.event_id).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 10_001);
    assert!(seen.values().all(|times| *times == 1));
    let backlog = store.backlog().await.unwrap();
    assert_eq!((backlog.pending, backlog.postponed), (1, 1), "only what is not due stays");
}
