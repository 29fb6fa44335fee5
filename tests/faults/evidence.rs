//! Waits for quiet, and gathers what the checks look at: from the database, the broker, the fleet and the witness.

use std::time::{Duration, Instant};

use lapin::{Connection, ConnectionProperties, options::QueueDeclareOptions, types::FieldTable};
use tropa_dispatch::port::Leases;
use tropa_redis::{Connections, Options, RedisLeases};

use crate::{
    checker::{self, Evidence, HeldDriver},
    instance::Instance,
    scene::Scene,
};

/// Everything must be quiet within this time after the last fault: a hang is seen after 10 s, a broker notices a dead peer
/// after its heartbeats, a claim that came to nothing is swept after its lease.
const QUIET_WITHIN: Duration = Duration::from_mins(2);

const PENDING: &str = "SELECT count(*) FROM orders WHERE status = 'PENDING'";
const UNPUBLISHED: &str = "SELECT count(*) FROM outbox_pending";
const DISPATCHED: &str = "SELECT id FROM orders WHERE status = 'DISPATCHED' ORDER BY seq LIMIT 200";

/// Waits until no order is underway, delivering as many as wait for a driver; then takes everything down. When it does not
/// get quiet, the checks will say why.
pub async fn gather(scene: &Scene) -> Evidence {
    let began = Instant::now();
    scene.load.settle(Vec::new()).await;
    while began.elapsed() < QUIET_WITHIN {
        let pending = scene.database.count(PENDING).await;
        let orders = scene.database.count("SELECT count(*) FROM orders").await;
        if orders > 0 && pending == 0 && scene.database.count(UNPUBLISHED).await == 0 {
            break;
        }
        let mut dispatched = scene.database.texts(DISPATCHED).await;
        dispatched.truncate(pending as usize);
        scene.load.settle(dispatched).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Releases, acknowledgements and what the witness sees follow their commits by moments.
    let mut evidence = read(scene).await;
    while !checker::check(&evidence).findings.is_empty() && began.elapsed() < QUIET_WITHIN {
        tokio::time::sleep(Duration::from_millis(250)).await;
        scene.load.settle(Vec::new()).await;
        evidence = read(scene).await;
    }
    evidence
}

/// One reading of everything.
async fn read(scene: &Scene) -> Evidence {
    let mut evidence = scene.database.load().await.expect("the database can be read");
    evidence.ledger = checker::attempts(scene.load.ledger()).expect("the ledger can be read");
    evidence.audit = scene.witness.seen();
    evidence.claims = holds(scene.teller()).await;
    for instance in scene.instances.iter().filter(|instance| instance.running().is_some()) {
        let in_flight = instance.metric("tropa_consumer_in_flight").await as u64;
        evidence.left.push((format!("deliveries in flight in {}", instance.name), in_flight));
    }
    let leases = RedisLeases::new(
        Connections::open(Options {
            prefix: scene.servers.prefix.clone(),
            ..Options::new(&scene.servers.redis)
        })
        .expect("a URL"),
    );
    evidence.left.push(("leases on events".to_owned(), leases.held().await.unwrap_or(u64::MAX)));
    for queue in ["orders.dispatch", "orders.parking"] {
        let (ready, unacked) = depth(scene, queue).await;
        evidence.left.push((format!("messages ready in {queue}"), ready));
        evidence.left.push((format!("messages unacknowledged in {queue}"), unacked));
    }
    evidence
}

/// Who holds which driver, as the fleet says; asked again while it does not answer.
pub async fn holds(instance: &Instance) -> Vec<HeldDriver> {
    let began = Instant::now();
    let answer = loop {
        match instance.tropa().get("/api/v1/drivers?limit=1000").await {
            Ok(answer) if answer.status == 200 => break answer.json(),
            other => assert!(began.elapsed() < QUIET_WITHIN, "no list of drivers: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let held = answer["drivers"].as_array().expect("a list of drivers").iter().filter_map(|driver| {
        let order = driver["order_id"].as_str()?.to_owned();
        Some(HeldDriver { driver_id: driver["id"].as_str()?.to_owned(), order })
    });
    held.collect()
}

/// Messages ready, as the broker counts them now, and unacknowledged, as of its last statistics.
pub async fn depth(scene: &Scene, queue: &str) -> (u64, u64) {
    let ready = ready(&scene.servers.broker, queue).await.unwrap_or(u64::MAX);
    let vhost = scene.servers.broker.rsplit('/').next().unwrap_or_default();
    let path = format!("/api/queues/{vhost}/{queue}?disable_stats=false");
    let (_, body) = scene.set.servers().administer("GET", &path, "").await;
    let told: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    (ready, told["messages_unacknowledged"].as_u64().unwrap_or_default())
}

pub async fn ready(vhost: &str, queue: &str) -> lapin::Result<u64> {
    let connection = Connection::connect(vhost, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare(queue.into(), passive, FieldTable::default()).await?;
    let ready = u64::from(queue.message_count());
    connection.close(200, "read".into()).await?;
    Ok(ready)
}
