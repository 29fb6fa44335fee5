//! A full disk.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Setup, Tropa};

/// No file may grow over this: a database with its tables and little more. `ulimit -f` counts in KiB.
const LIMIT_KIB: usize = 2_048;

async fn create(tropa: &Tropa, id: &str) -> u16 {
    // A big order: the disk is to be full soon.
    let items: Vec<_> = (0..40)
        .map(|n| json!({ "product_id": format!("p-{n}"), "product_name": "x".repeat(200), "quantity": 1, "unit_price": "1.00" }))
        .collect();
    let order = json!({ "id": id, "price": "40.00", "tax": "1.00", "items": items });
    tropa.post("/api/v1/orders", &order).await.expect("an answer, whatever the disk").status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_survived_and_left_behind() {
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::on(data.path()).after(&format!("ulimit -S -f {LIMIT_KIB}"));
    let mut tropa = setup.start().await;
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for n in 0..5_000 {
        let id = format!("order-{n}");
        match create(&tropa, &id).await {
            201 => accepted.push(id),
            503 => refused.push(id),
            other => panic!("{id}: {other}\n{}", tropa.log()),
        }
        if refused.len() == 20 {
            break;
        }
    }
    assert_eq!(refused.len(), 20, "the disk never was full: {} orders", accepted.len());
    assert_eq!(tropa.get("/livez").await.unwrap().status, 200, "liveness asks no disk");
    assert_eq!(tropa.get(&format!("/api/v1/orders/{}", accepted[0])).await.unwrap().status, 200);

    // Room again, for the same process.
    let pid = tropa.pid().to_string();
    let room = std::process::Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(room.unwrap().success());
    let recovered = async {
        while create(&tropa, "after").await != 201 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), recovered).await.expect("it recovers");
    tropa.signal("TERM");
    assert!(tropa.ended(Duration::from_secs(35)).await.success());

    // Loading runs the integrity check. A 503 may have been written after all, but whole; a 201 was.
    let left = super::database::load(&tropa.database()).unwrap();
    let stored = |id: &String| left.orders.iter().any(|order| order.id == *id);
    assert!(accepted.iter().all(stored));
    assert!(left.orders.iter().all(|order| left.events.iter().any(|event| event.order == order.id)));
}
