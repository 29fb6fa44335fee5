//! Processes over one set of servers, and what they say of each other.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{ADMIN_TOKEN, Answer, Setup, Tropa};
use crate::servers::{RedisPlace, servers};

/// Longer than anything here takes: an instance is gone after 10 s.
const PATIENCE: Duration = Duration::from_mins(1);

/// What several processes have in common.
pub struct Company {
    database: String,
    broker: String,
    redis: RedisPlace,
    folder: TempDir,
}

impl Company {
    pub async fn new() -> Self {
        let (database, broker) = (servers().database().await, servers().vhost().await);
        Self { database, broker, redis: servers().redis(), folder: tempfile::tempdir().unwrap() }
    }

    /// `host:port` of the Redis.
    pub fn redis(&self) -> String {
        self.redis.url.trim_start_matches("redis://").to_owned()
    }

    /// How to start one of them.
    pub fn setup(&self, name: &str) -> Setup {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Setup::on(&folder)
            .told(&["--mode", "distributed"])
            .with("TROPA_INSTANCE", name)
            .with("TROPA_ENV", "production")
            .with("TROPA_ADMIN_TOKEN", ADMIN_TOKEN)
            .with("TROPA_RUNTIME_THREADS", 2)
            // No driver is there: each order comes to a person soon, and can be counted.
            .with("TROPA_DISPATCH_DEADLINE_SECONDS", 1)
            .with("DATABASE_URL", &self.database)
            .with("AMQP_URL", &self.broker)
            .with("REDIS_URL", &self.redis.url)
            // Three processes in development builds and all the servers share the cores of one machine.
            .with("TROPA_REDIS_TIMEOUT_SECONDS", 2)
            .with("TROPA_REDIS_PREFIX", &self.redis.prefix)
    }

    /// Starts one, and waits until it takes orders.
    pub async fn start(&self, name: &str) -> Tropa {
        ready(self.setup(name).start().await).await
    }

    /// Starts some, and waits until each sees all of them.
    pub async fn start_all<const N: usize>(&self, names: [&str; N]) -> [Tropa; N] {
        let mut tropas = Vec::new();
        for name in names {
            tropas.push(self.start(name).await);
        }
        for tropa in &tropas {
            until("all are seen live", async || names.map(|_| "live") == *states(tropa, &names).await).await;
        }
        tropas.try_into().unwrap_or_else(|_| unreachable!("one each"))
    }
}

/// Waits until it takes orders.
pub async fn ready(tropa: Tropa) -> Tropa {
    until("it is ready", async || tropa.get("/readyz").await.is_ok_and(|answer| answer.status == 200)).await;
    tropa
}

/// Waits until `done`, looking again now and then.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "does not happen: {what}");
}

/// Every instance of a name, as this one sees them.
pub async fn named(by: &Tropa, name: &str) -> Vec<Value> {
    let all = by.get("/api/v1/instances").await.unwrap().json();
    all.as_array().unwrap().iter().filter(|instance| instance["id"] == name).cloned().collect()
}

/// An instance, as another one sees it.
pub async fn seen(by: &Tropa, name: &str) -> Value {
    by.get(&format!("/api/v1/instances/{name}")).await.unwrap().json()
}

/// What can be said of each; `missing` when it is not listed.
pub async fn states(by: &Tropa, names: &[&str]) -> Vec<String> {
    let all = by.get("/api/v1/instances").await.unwrap().json();
    let state = |name: &&str| {
        let instance = all.as_array().unwrap().iter().find(|instance| instance["id"] == **name);
        instance.map_or("missing".to_owned(), |instance| instance["state"].as_str().unwrap().to_owned())
    };
    names.iter().map(state).collect()
}

/// Tells an instance to restart one of its consumers.
pub async fn restart(asked: &Tropa, instance: &str) -> Answer {
    let path = format!("/api/v1/actors/{CONSUMER}/restart?instance={instance}");
    asked.post(&path, &json!({ "reason": "test" })).await.unwrap()
}

pub const CONSUMER: &str = "tropa/dispatch/consumer-pool/consumer-0";

/// The epochs of a process's actors, as it says itself.
pub async fn epochs(of: &Tropa) -> Vec<(String, u64)> {
    let actors = of.get("/api/v1/actors").await.unwrap().json();
    let epoch =
        |actor: &Value| (actor["path"].as_str().unwrap().to_owned(), actor["epoch"].as_u64().unwrap());
    actors.as_array().unwrap().iter().map(epoch).collect()
}

/// Which kind of problem an answer is.
pub fn problem(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["type"].as_str().unwrap_or_default().to_owned())
}
