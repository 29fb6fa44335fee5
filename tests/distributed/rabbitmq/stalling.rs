//! A broker that is there and does not answer: stopped, cut off one way, or out of memory.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tropa_dispatch::port::{Broker, PublishOutcome, Queue, Subscription};
use tropa_rabbitmq::{Options, RabbitBroker};

use super::node::Node;
use super::stage::{broker, deliver, end, next, options, publish, until, vhost, work};
use crate::owned::{Server, Set};
use crate::proxy::{Flow, Proxy};
use crate::servers::servers;

/// Nothing may hang for longer without a word; a little more for a busy machine.
const WORD: Duration = Duration::from_secs(12);

fn impatient(url: &str) -> RabbitBroker {
    RabbitBroker::new(Options { timeout: Duration::from_secs(2), ..options(url) }).unwrap()
}

/// Publishes into the void, and waits for the subscription to end.
async fn notices(broker: &RabbitBroker, consumer: &mut Box<dyn Subscription>) {
    let began = Instant::now();
    for outcome in publish(broker, work(10)).await {
        assert!(matches!(outcome, PublishOutcome::Unknown(_)), "{outcome:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(4), "outcomes after {:?}", began.elapsed());
    end(consumer).await;
    assert!(began.elapsed() < WORD, "noticed after {:?}", began.elapsed());
}

async fn works_again(broker: &RabbitBroker) {
    deliver(broker, work(1)).await;
    let mut consumer =
        until("a subscription", async || broker.subscribe(Queue::Dispatch, "b", 1).await.ok()).await;
    next(&mut consumer).await.settle.ack().await.unwrap();
}

#[tokio::test]
async fn a_stopped_broker_is_noticed_and_found_again() {
    let set = Set::ours().await;
    let broker = impatient(&set.servers().vhost().await);
    deliver(&broker, work(1)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    next(&mut consumer).await.settle.ack().await.unwrap();
    set.freeze(Server::Rabbitmq);
    notices(&broker, &mut consumer).await;
    // Connecting to it is bounded, too.
    let began = Instant::now();
    assert!(broker.subscribe(Queue::Dispatch, "b", 1).await.is_err());
    assert!(broker.ready(Queue::Dispatch).await.is_err());
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    set.thaw(Server::Rabbitmq);
    works_again(&broker).await;
}

async fn behind_a_proxy(url: &str) -> (Proxy, RabbitBroker) {
    let (login, rest) = url.split_once('@').unwrap();
    let (server, vhost) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server.parse::<SocketAddr>().unwrap()).await;
    let broker = impatient(&format!("{login}@{}/{vhost}", proxy.address()));
    (proxy, broker)
}

/// `basic.consume-ok`.
const CONSUMING: &[u8] = &[0, 60, 0, 21];

#[tokio::test]
async fn a_consumer_that_nobody_waited_for_keeps_nothing() {
    let url = servers().vhost().await;
    let ((proxy, broker), beside) = (behind_a_proxy(&url).await, impatient(&url));
    deliver(&beside, work(3)).await;
    let left = async |count| {
        until("so many are left", async || (beside.ready(Queue::Dispatch).await == Ok(count)).then_some(()))
            .await;
    };
    left(3).await;
    proxy.to_client(Flow::HoldAt(CONSUMING));
    tokio::select! {
        _ = broker.subscribe(Queue::Dispatch, "a", 3) => panic!("it was told"),
        () = left(0) => {}
    }
    proxy.heal();
    left(3).await;
}

#[tokio::test]
async fn a_network_that_drops_one_way_is_noticed() {
    let url = servers().vhost().await;
    for deaf in [true, false] {
        let (proxy, broker) = behind_a_proxy(&url).await;
        deliver(&broker, work(1)).await;
        let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
        next(&mut consumer).await.settle.ack().await.unwrap();
        if deaf {
            proxy.to_client(Flow::Hold);
        } else {
            proxy.to_server(Flow::Hold);
        }
        notices(&broker, &mut consumer).await;
        proxy.heal();
        works_again(&broker).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_memory_alarm_stops_publishing_and_nothing_else() {
    let set = Set::ours().await;
    let node = Node::of(&set);
    let url = set.servers().vhost().await;
    let broker = impatient(&url);
    deliver(&broker, work(20)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 10).await.unwrap();
    let alarm = node.change(
        "rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).",
        "rabbit_alarm:clear_alarm({resource_limit, memory, node()}).",
    );
    // The broker says so when somebody publishes; twice the window stays out of its memory and of ours.
    for _ in 0..2 {
        let began = Instant::now();
        for outcome in publish(&broker, work(1_000)).await {
            assert!(matches!(outcome, PublishOutcome::Unknown(_)), "{outcome:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    for _ in 0..20 {
        next(&mut consumer).await.settle.ack().await.unwrap();
    }
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(0));
    let examined = RabbitBroker::examine(options(&url)).await;
    assert!(examined.as_ref().is_err_and(|why| why.contains("memory or disk alarm")), "{examined:?}");
    // Longer than the heartbeat: a blocked connection is not a dead one.
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(matches!(publish(&broker, work(1)).await[0], PublishOutcome::Unknown(_)));
    drop(alarm);
    deliver(&broker, work(20)).await;
    for _ in 0..20 {
        next(&mut consumer).await.settle.ack().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_does_not_stop_blocking_is_left_for_another() {
    let (set, other) = (Set::ours().await, servers());
    let node = Node::of(&set);
    let url = set.servers().vhost().await;
    let (proxy, broker) = behind_a_proxy(&url).await;
    let beside = other.vhost().await;
    let (created, _) = other.administer("PUT", &format!("/api/vhosts/{}", vhost(&url)), "").await;
    assert_eq!(created, 201);
    deliver(&broker, work(1)).await;
    let _alarm = node.change(
        "rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).",
        "rabbit_alarm:clear_alarm({resource_limit, memory, node()}).",
    );
    assert!(matches!(publish(&broker, work(1)).await[0], PublishOutcome::Unknown(_)));
    // The connection stays, and so does the alarm.
    let there = beside.rsplit_once('@').unwrap().1.split_once('/').unwrap().0;
    proxy.aim(there.parse().unwrap());
    deliver(&broker, work(5)).await;
    let heir = impatient(&format!("{}/{}", beside.rsplit_once('/').unwrap().0, vhost(&url)));
    until("all of it is there", async || (heir.ready(Queue::Dispatch).await == Ok(5)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_held_too_long_for_the_broker_ends_the_stream() {
    let set = Set::ours().await;
    let node = Node::of(&set);
    let _impatience = node.change(
        "application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).",
        "application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).",
    );
    let broker = broker(&set.servers().vhost().await);
    deliver(&broker, work(1)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    let held = next(&mut consumer).await;
    end(&mut consumer).await;
    assert_eq!(held.settle.ack().await, Err(tropa_dispatch::port::BrokerError::Stale));
    let mut again = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    let delivery = next(&mut again).await;
    assert_eq!(delivery.redeliveries, 1);
    delivery.settle.ack().await.unwrap();
}
