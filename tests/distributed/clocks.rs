//! Instances whose machines' clocks are wrong, beside one whose is right: the database's counts for all of them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::{
    harness::{Setup, Tropa, faked},
    place::{PATIENCE, PICKUP, Place, accepted, dispatched, until},
};

const ALL: &str = "intake,relay,worker,fleet";
const ORDERS: usize = 20;

fn with(setup: Setup, variables: &[(&'static str, String)]) -> Setup {
    variables.iter().fold(setup, |setup, (name, value)| setup.with(name, value))
}

async fn metric(tropa: &Tropa, name: &str) -> f64 {
    let text = tropa.get("/metrics").await.map(|answer| answer.text).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_default()
}

async fn an_hour(off: &str, skew: f64) {
    let place = Place::new().await;
    let process = |name| place.process(name, ALL).with("TROPA_ASK_AGAIN_SECONDS", 1);
    let wrong = with(process("wrong"), &faked::off(off)).start().await;
    let right = process("right").start().await;
    for tropa in [&wrong, &right] {
        until(tropa, "/readyz", |answer| answer.status == 200).await;
    }

    // Nobody is there: each order is looked at again and again, by both.
    for n in 0..ORDERS {
        accepted([&wrong, &right][n % 2], &format!("o{n}")).await;
    }
    let both = async {
        let answered = "tropa_consumer_deliveries_total{outcome=\"answered\"}";
        while metric(&wrong, answered).await < 20.0 || metric(&right, answered).await < 20.0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, both).await.expect("both look for drivers");
    let given_up = right.get("/api/v1/orders?status=MANUAL_DISPATCH").await.unwrap().json();
    assert_eq!(given_up["orders"], json!([]), "they have two minutes");

    // By the database's clock, whoever wrote it.
    let (client, connection) = tokio_postgres::connect(&place.database, NoTls).await.unwrap();
    tokio::spawn(connection);
    let apart = "SELECT max(abs(extract(epoch FROM clock_timestamp() - created_at)))::float8 FROM orders";
    let apart: f64 = client.query_one(apart, &[]).await.unwrap().get(0);
    assert!(apart < PATIENCE.as_secs_f64() + 60.0, "an order stands {apart} s away");

    // A driver who reports to the wrong one is as fresh as any.
    for n in 0..ORDERS {
        wrong.enter_driver(&format!("d{n}"), PICKUP.0, PICKUP.1).await;
    }
    for n in 0..ORDERS {
        dispatched(&right, &format!("o{n}")).await;
    }

    // Each tells by how much it is wrong, whoever is asked.
    let differs =
        |instance: &Value, skew: f64| (instance["clock"]["skew_ms"].as_f64().unwrap() / 1e3 - skew).abs();
    until(&right, "/api/v1/instances/wrong", |answer| differs(&answer.json(), skew) < 5.0).await;
    until(&wrong, "/api/v1/instances/right", |answer| differs(&answer.json(), 0.0) < 5.0).await;
    let told = metric(&wrong, "tropa_clock_skew_seconds").await;
    assert!((told - skew).abs() < 5.0, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_an_hour_ahead_decides_as_the_others_do() {
    an_hour("+1h", 3_600.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_an_hour_behind_decides_as_the_others_do() {
    an_hour("-1h", -3_600.0).await;
}
