//! Every metric that is promised is there.

use std::time::Duration;

use serde_json::json;

use crate::harness::Tropa;

/// The product's list; operators build on these names.
const PROMISED: [(&str, &str); 39] = [
    ("tropa_http_request_duration_seconds", "histogram"),
    ("tropa_orders_total", "counter"),
    ("tropa_orders_refused_total", "counter"),
    ("tropa_order_dispatch_duration_seconds", "histogram"),
    ("tropa_intake_duration_seconds", "histogram"),
    ("tropa_outbox_pending", "gauge"),
    ("tropa_outbox_wait_duration_seconds", "histogram"),
    ("tropa_outbox_oldest_age_seconds", "gauge"),
    ("tropa_outbox_rows", "gauge"),
    ("tropa_outbox_published_total", "counter"),
    ("tropa_outbox_failed_total", "counter"),
    ("tropa_relay_publish_duration_seconds", "histogram"),
    ("tropa_consumer_pickup_duration_seconds", "histogram"),
    ("tropa_consumer_deliveries_total", "counter"),
    ("tropa_consumer_in_flight", "gauge"),
    ("tropa_consumer_capacity", "gauge"),
    ("tropa_consumer_delivery_duration_seconds", "histogram"),
    ("tropa_idempotency_total", "counter"),
    ("tropa_breaker_state", "gauge"),
    ("tropa_breaker_calls_total", "counter"),
    ("tropa_fleet_search_duration_seconds", "histogram"),
    ("tropa_aggregates_active", "gauge"),
    ("tropa_journal_batch_size", "histogram"),
    ("tropa_dead_letters", "gauge"),
    ("tropa_actor_restarts_total", "counter"),
    ("tropa_actor_mailbox_depth", "gauge"),
    ("tropa_actor_children", "gauge"),
    ("tropa_actor_children_lost_total", "counter"),
    ("tropa_actor_handle_duration_seconds", "histogram"),
    ("tropa_instances", "gauge"),
    ("tropa_database_connections", "gauge"),
    ("tropa_database_connections_max", "gauge"),
    ("tropa_database_waiting", "gauge"),
    ("tropa_clock_skew_seconds", "gauge"),
    ("tropa_clock_jumps_total", "counter"),
    ("tropa_retention_held_back_seconds", "gauge"),
    ("tropa_prune_rounds_total", "counter"),
    ("tropa_build_info", "gauge"),
    ("process_resident_memory_bytes", "gauge"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_one_order_every_promised_metric_exists_and_none_names_it() {
    let data = tempfile::tempdir().unwrap();
    let tropa = Tropa::start(data.path()).await;
    tropa.enter_driver("joao", -23.55, -46.63).await;
    let order = json!({ "id": "measured-order", "price": "1.00", "tax": "1.00" });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 201);

    let complete = async {
        loop {
            let text = tropa.get("/metrics").await.unwrap().text;
            let there = |(name, kind): &(&str, &str)| text.contains(&format!("# TYPE {name} {kind}\n"));
            if PROMISED.iter().all(there) && text.contains("tropa_orders_total{status=\"DISPATCHED\"} 1") {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let Ok(text) = tokio::time::timeout(Duration::from_secs(15), complete).await else {
        let text = tropa.get("/metrics").await.unwrap().text;
        let there = |name: &str, kind: &str| text.contains(&format!("# TYPE {name} {kind}\n"));
        let missing: Vec<_> = PROMISED.iter().filter(|(name, kind)| !there(name, kind)).collect();
        panic!("missing {missing:?} in\n{text}");
    };
    // An id in a label would make a series an order.
    assert!(!text.contains("measured-order") && !text.contains("joao"), "{text}");
}
