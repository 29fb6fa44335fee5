//! What can be seen of a scene from outside: actors, consumers, the breaker, the outbox.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::{
    harness::Answer,
    scene::{PATIENCE, Scene},
};

impl Scene {
    /// Which incarnation of an actor lives.
    pub async fn epoch(&self, path: &str) -> u64 {
        let actor = self.a().actor(path).await;
        actor["epoch"].as_u64().unwrap_or_else(|| panic!("no actor {path}: {actor}"))
    }

    /// Waits for a later incarnation.
    pub async fn replaced(&self, path: &str, epoch: u64, within: Duration) {
        let what = format!("{path} is replaced");
        self.sees(&what, within, async || self.a().actor(path).await["epoch"].as_u64() > Some(epoch)).await;
    }

    /// Consumers of the work queue, with what each may hold. The prefetch follows the room in the shards: only whether it is
    /// bounded can be compared.
    pub async fn consumers(&self) -> BTreeMap<String, bool> {
        let body = self.administer("/api/consumers/{vhost}").await;
        let told: Vec<Value> = serde_json::from_str(&body).unwrap_or_default();
        let work = told.iter().filter(|consumer| consumer["queue"]["name"] == "orders.dispatch");
        let tags = work.map(|consumer| {
            let tag = consumer["consumer_tag"].as_str().unwrap_or_default();
            // What distinguishes one subscription of a consumer from the next comes behind its name.
            let name: String = tag.split("consumer-").nth(1).unwrap_or(tag).chars().take(1).collect();
            (name, (1..=512).contains(&consumer["prefetch_count"].as_u64().unwrap_or_default()))
        });
        tags.collect()
    }

    /// Asks RabbitMQ's management API.
    pub async fn administer(&self, path: &str) -> String {
        let vhost = self.servers.broker.rsplit('/').next().unwrap_or_default();
        self.set.servers().administer("GET", &path.replace("{vhost}", vhost), "").await.1
    }

    /// Waits until the first instance's breaker is in this state.
    pub async fn breaker(&self, state: &str) {
        let metric = format!("tropa_breaker_state{{breaker=\"fleet\",state=\"{state}\"}}");
        self.sees(&metric, PATIENCE, async || self.a().metric(&metric).await > 0.0).await;
    }

    /// Waits until none of these events is unpublished.
    pub async fn all_published(&self, events: &[String], within: Duration) {
        let list = events.iter().map(|event| format!("'{event}'")).collect::<Vec<_>>().join(",");
        let pending = format!(
            "SELECT event_id::text FROM outbox JOIN outbox_pending USING (id) WHERE event_id IN ({list})"
        );
        let what = format!("{} held rows are published", events.len());
        // While the database is away there are no rows to be seen: that says nothing.
        self.sees(&what, within, async || {
            self.database.count("SELECT count(*) FROM outbox").await > 0
                && self.database.texts(&pending).await.is_empty()
        })
        .await;
    }

    /// How many deliveries of the work queue were redeliveries, by the broker's own count.
    pub async fn redelivered(&self) -> u64 {
        let told = self.administer("/api/queues/{vhost}/orders.dispatch").await;
        let told: Value = serde_json::from_str(&told).unwrap_or_default();
        told["message_stats"]["redeliver"].as_u64().unwrap_or_default()
    }

    /// Each of these orders has been dispatched by one event, once.
    pub async fn dispatched_once(&self, orders: &[String]) {
        let after = self.moment().await.committed;
        for id in orders {
            let events = after.events.iter().filter(|event| event.order == *id && event.kind == "dispatched");
            assert_eq!(events.count(), 1, "{id}: one event");
        }
    }

    /// Rows that wait to be published, and are due.
    pub async fn backlog(&self) -> i64 {
        self.database.count("SELECT count(*) FROM outbox_pending WHERE due_at <= clock_timestamp()").await
    }

    /// Asks the first instance for a new order, past the clients.
    pub async fn create(&self, id: &str) -> Answer {
        let body = serde_json::json!({ "id": id, "price": "100.0", "tax": "10.0" });
        self.a().tropa().post("/api/v1/orders", &body).await.expect("an answer")
    }
}
