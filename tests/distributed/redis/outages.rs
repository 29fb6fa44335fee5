//! Redis killed, stalled, and back.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tropa_dispatch::domain::EventId;
use tropa_dispatch::port::{DriverIndex, Lease, Leases};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_redis::{RedisDriverIndex, RedisLeases};

use super::server::{OwnRedis, until};

const MINUTE: Duration = Duration::from_mins(1);
/// What a call may take at the default of 250 ms, on a machine that has other things to do.
const IN_TIME: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_dead_calls_fail_at_once_and_afterwards_they_work_again() {
    let mut server = OwnRedis::start(&[]).await;
    let leases = RedisLeases::new(server.connections());
    let event = EventId::fresh();
    let Ok(Lease::Acquired(token)) = leases.acquire(event, "a", MINUTE).await else {
        panic!("a fresh event")
    };
    server.kill();

    let begun = Instant::now();
    for _ in 0..1_000 {
        assert!(leases.acquire(event, "a", MINUTE).await.is_err(), "nobody is there");
    }
    // A thousand times the limit of one call would be four minutes.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    server.start_again().await;
    let other = until("leases work again", async || leases.acquire(event, "b", MINUTE).await.ok()).await;
    assert!(matches!(other, Lease::Acquired(_)), "it came back empty: {other:?}");
    assert_eq!(leases.done(event, token, MINUTE).await, Ok(false), "a token from before fits no new lease");
    assert_eq!(leases.held().await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_share_two_connections_and_one_that_is_stuck_is_replaced() {
    let server = OwnRedis::start(&[]).await;
    let connections = server.connections();
    let leases = RedisLeases::new(connections.clone());
    let calls = (0..1_000).map(|_| leases.acquire(EventId::fresh(), "a", MINUTE));
    for lease in futures_util::future::join_all(calls).await {
        assert!(matches!(lease, Ok(Lease::Acquired(_))), "{lease:?}");
    }
    let list = redis::cmd("CLIENT").arg("LIST").to_owned();
    let ours = async || {
        let listed: String = redis::from_redis_value(connections.ask(&list).await.unwrap()).unwrap();
        let id = |line: &str| line.split(' ').next().unwrap().to_owned();
        listed.lines().map(id).collect::<BTreeSet<_>>()
    };
    let before = until("both are made", async || Some(ours().await).filter(|ids| ids.len() == 2)).await;

    server.freeze();
    let stuck = (0..20).map(|_| leases.held());
    let answers = futures_util::future::join_all(stuck).await;
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    server.thaw();
    until("it answers again", async || leases.held().await.ok()).await;
    let replaced = async || Some(ours().await).filter(|ids| ids.len() == 2 && ids.is_disjoint(&before));
    until("both are new", replaced).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_redis_that_was_never_there() {
    let mut server = OwnRedis::start(&[]).await;
    server.kill();
    let leases = RedisLeases::new(server.connections_with(MINUTE));
    let begun = Instant::now();
    // More than there are connections: those that wait for one are told too.
    let calls = (0..100).map(|_| leases.held());
    for answer in futures_util::future::join_all(calls).await {
        assert!(answer.is_err());
    }
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_redis_fails_in_time_and_its_late_replies_reach_nobody_else() {
    let server = OwnRedis::start(&[]).await;
    let index = RedisDriverIndex::new(server.connections(), MINUTE);
    let name = |n: u32| format!("d{n}");
    index.put((0..200).map(|n| driver(&name(n), at(0.0, 0.0))).collect()).await.unwrap();
    let get = async |n: u32| {
        let id = name(n).parse().unwrap();
        let begun = Instant::now();
        (index.get(&id).await, begun.elapsed())
    };

    server.freeze();
    let calls = (0..50).map(get);
    for (answer, took) in futures_util::future::join_all(calls).await {
        assert!(answer.is_err() && took < IN_TIME, "{answer:?} after {took:?}");
    }
    server.thaw();
    until("it answers again", async || get(0).await.0.ok()).await;
    for n in 50..200 {
        // A caller who goes away in the middle leaves a reply behind.
        drop(get(n - 50).now_or_never());
        let found = get(n).await.0.unwrap().expect("they are all known");
        assert_eq!(found.id.as_str(), name(n), "somebody else's reply");
    }
}
