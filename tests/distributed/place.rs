//! A place of its own on the servers, and processes of Tropa that share it.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    harness::{ADMIN_TOKEN, Answer, Setup, Tropa},
    servers::{RedisPlace, servers},
};

/// A step that takes milliseconds is done within this, on a machine busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where an order without a pickup is fetched.
pub const PICKUP: (f64, f64) = (-23.5505, -46.6333);

/// A database, a vhost and a prefix that nobody else uses.
pub struct Place {
    pub database: String,
    pub broker: String,
    pub redis: RedisPlace,
    folder: TempDir,
}

impl Place {
    pub async fn new() -> Self {
        let (database, broker) = (servers().database().await, servers().vhost().await);
        Self { database, broker, redis: servers().redis(), folder: tempfile::tempdir().unwrap() }
    }

    /// A process with this name and these roles, not started yet.
    pub fn process(&self, name: &str, roles: &str) -> Setup {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Setup::on(&folder)
            .told(&["--mode", "distributed", "--role", roles])
            .with("TROPA_INSTANCE", name)
            .with("TROPA_ENV", "production")
            .with("TROPA_ADMIN_TOKEN", ADMIN_TOKEN)
            .with("TROPA_RUNTIME_THREADS", 2)
            .with("DATABASE_URL", &self.database)
            .with("AMQP_URL", &self.broker)
            .with("REDIS_URL", &self.redis.url)
            .with("TROPA_REDIS_PREFIX", &self.redis.prefix)
    }
}

/// Creates an order; it must be accepted.
pub async fn accepted(tropa: &Tropa, id: &str) {
    let order = json!({ "id": id, "price": 100.0, "tax": 10.0 });
    let answer = tropa.post("/api/v1/orders", &order).await.expect("an answer");
    assert_eq!(answer.status, 201, "{answer:?}\n{}", tropa.log());
}

/// Waits until the order is there; its JSON then.
pub async fn dispatched(tropa: &Tropa, id: &str) -> Value {
    let path = format!("/api/v1/orders/{id}");
    let answer = until(tropa, &path, |answer| answer.json()["status"] == "DISPATCHED").await;
    answer.json()
}

/// Asks again and again until the answer is the right one.
pub async fn until(tropa: &Tropa, path: &str, right: impl Fn(&Answer) -> bool) -> Answer {
    let asking = async {
        loop {
            if let Ok(answer) = tropa.get(path).await
                && right(&answer)
            {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if let Ok(answer) = tokio::time::timeout(PATIENCE, asking).await {
        return answer;
    }
    panic!("{path} does not come right: {:?}\n{}", tropa.get(path).await, tropa.log())
}

/// `host:port` of a server's URL.
pub fn authority(url: &str) -> SocketAddr {
    host(url).parse().unwrap_or_else(|_| panic!("no host and port in {url}"))
}

/// The same URL by another way.
pub fn through(url: &str, way: SocketAddr) -> String {
    url.replacen(host(url), &way.to_string(), 1)
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}
