//! A Redis that answers and cannot work: a master that became a replica, while its name leads to another by now.

use std::net::SocketAddr;
use std::time::Duration;

use tropa_dispatch::domain::EventId;
use tropa_dispatch::port::{DriverIndex, Lease, Leases};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_redis::{Connections, Options, RedisDriverIndex, RedisLeases, examine};

use super::server::{OwnRedis, until};
use crate::proxy::Proxy;

const MINUTE: Duration = Duration::from_mins(1);

async fn behind(server: &OwnRedis) -> (Proxy, Connections) {
    let proxy = Proxy::to(SocketAddr::from(([127, 0, 0, 1], server.port))).await;
    // Patient: the machine has other things to do.
    let options =
        Options { timeout: Duration::from_secs(2), ..Options::new(format!("redis://{}", proxy.address())) };
    (proxy, Connections::open(options).unwrap())
}

/// Makes it a replica of that port, or with `None` a master.
async fn follow(server: &OwnRedis, master: Option<u16>) {
    let port = server.port;
    let mut redis = redis::Client::open(format!("redis://127.0.0.1:{port}"))
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let mut order = redis::cmd("REPLICAOF");
    match master {
        Some(master) => order.arg("127.0.0.1").arg(master),
        None => order.arg("NO").arg("ONE"),
    };
    order.query_async::<()>(&mut redis).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_became_a_replica_is_left_for_its_successor() {
    let (old, new) = (OwnRedis::start(&[]).await, OwnRedis::start(&[]).await);
    let (proxy, connections) = behind(&old).await;
    let index = RedisDriverIndex::new(connections.clone(), MINUTE);
    let leases = RedisLeases::new(connections);
    index.put(vec![driver("old", at(0.0, 0.0))]).await.unwrap();
    RedisDriverIndex::new(new.connections_with(MINUTE), MINUTE)
        .put(vec![driver("new", at(0.0, 0.0))])
        .await
        .unwrap();

    // The connections stay: nobody hangs up in a failover.
    follow(&old, Some(new.port)).await;
    proxy.aim(SocketAddr::from(([127, 0, 0, 1], new.port)));
    let event = EventId::fresh();
    let refused = leases.acquire(event, "a", MINUTE).await.unwrap_err();
    assert!(refused.0.contains("read only replica"), "{refused:?}");
    let lease = until("it works again", async || leases.acquire(event, "a", MINUTE).await.ok()).await;
    assert!(matches!(lease, Lease::Acquired(_)), "{lease:?}");
    // Whoever only reads is not told that it is the wrong one: nobody may be left there.
    for _ in 0..50 {
        assert_eq!(leases.held().await, Ok(1));
        assert!(index.get(&"new".parse().unwrap()).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_of_a_replica_until_it_is_a_master() {
    let server = OwnRedis::start(&[]).await;
    let connections = server.connections_with(Duration::from_secs(2));
    let index = RedisDriverIndex::new(connections, MINUTE);
    let one = || vec![driver("one", at(0.0, 0.0))];
    index.put(one()).await.unwrap();
    // Of a master that is not there: the running server keeps what it has.
    follow(&server, Some(9)).await;
    assert!(index.put(one()).await.is_err());
    let examined = examine(Options::new(format!("redis://127.0.0.1:{}", server.port))).await;
    assert!(examined.as_ref().is_err_and(|why| why.contains("read only replica")), "{examined:?}");
    // For as long as several looks take, at growing intervals: none of them takes its word. A new connection is not given out
    // before it has written something.
    for _ in 0..200 {
        let asked = index.get(&"one".parse().unwrap()).await;
        assert!(asked.is_err(), "a replica's word was taken: {asked:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    follow(&server, None).await;
    until("it works again", async || index.put(one()).await.ok()).await;
    assert!(index.get(&"one".parse().unwrap()).await.unwrap().is_some());
}
