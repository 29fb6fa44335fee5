//! A broker that dies, or is not there.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tropa_dispatch::port::{Broker, BrokerError, PublishOutcome, Queue};
use tropa_rabbitmq::{Options, RabbitBroker};

use super::node::Node;
use super::stage::{broker, deliver, end, idle, next, options, publish, soon, until, work};
use crate::owned::{Server, Set};
use crate::proxy::Proxy;
use crate::servers::servers;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_publishing_it_keeps_what_it_confirmed() {
    let set = Set::ours().await;
    let url = set.servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(100)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 7).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..7 {
        held.push(next(&mut consumer).await);
    }

    // RabbitMQ keeps the names of new queues in memory for some seconds; killed before, it finds them empty and leaderless.
    Node::of(&set).eval("dets:sync(ra_directory_reverse).");
    let mut left: VecDeque<_> = work(5_000).into();
    let mut confirmed = BTreeSet::new();
    let mut unknown = 0;
    let mut killed = false;
    soon("the broker is killed and everything is published all the same", async {
        while let Some(size) = (!left.is_empty()).then(|| left.len().min(250)) {
            let batch: Vec<_> = left.drain(..size).collect();
            let confirms = broker.publish(batch.clone()).await;
            let kill = !killed && confirmed.len() >= 1_000;
            if kill {
                set.kill(Server::Rabbitmq).await;
                killed = true;
            }
            for (envelope, outcome) in batch.into_iter().zip(join_all(confirms).await) {
                match outcome {
                    PublishOutcome::Confirmed => assert!(confirmed.insert(envelope.event_id)),
                    PublishOutcome::Unknown(_) => {
                        unknown += 1;
                        left.push_back(envelope);
                    }
                    PublishOutcome::Returned(reason) => panic!("returned: {reason}"),
                }
            }
            if kill {
                set.start(Server::Rabbitmq).await;
            }
        }
    })
    .await;
    assert!(unknown > 0, "the kill hit nothing");

    end(&mut consumer).await;
    for delivery in held {
        assert_eq!(delivery.settle.ack().await, Err(BrokerError::Stale));
    }
    let mut consumer =
        until("a subscription", async || broker.subscribe(Queue::Dispatch, "a", 7).await.ok()).await;
    let mut held = Vec::new();
    for _ in 0..7 {
        held.push(next(&mut consumer).await);
    }
    assert!(idle(&mut consumer).await, "the prefetch was forgotten");
    drop(held);
    drop(consumer);
    let mut consumer = broker.subscribe(Queue::Dispatch, "b", 500).await.unwrap();
    let mut missing = confirmed;
    soon("everything confirmed is there", async {
        while !missing.is_empty() {
            let delivery = consumer.next().await.unwrap();
            missing.remove(&delivery.message.unwrap().event_id);
            delivery.settle.ack().await.unwrap();
        }
    })
    .await;
    broker.close().await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_told_and_awaited() {
    let url = servers().vhost().await;
    let (login, rest) = url.split_once('@').unwrap();
    let (server, vhost) = rest.split_once('/').unwrap();
    let proxy = Proxy::start().await;
    let url = format!("{login}@{}/{vhost}", proxy.address());
    let broker = RabbitBroker::new(Options { timeout: Duration::from_millis(500), ..options(&url) }).unwrap();
    let began = Instant::now();
    let refused = broker.subscribe(Queue::Dispatch, "a", 1).await.err();
    assert!(matches!(refused, Some(BrokerError::Unavailable(_))), "{refused:?}");
    assert!(matches!(broker.ready(Queue::Dispatch).await, Err(BrokerError::Unavailable(_))));
    // More than the window holds.
    for outcome in publish(&broker, work(700)).await {
        assert!(
            matches!(&outcome, PublishOutcome::Unknown(why) if why.contains("unavailable")),
            "{outcome:?}"
        );
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    let patient = RabbitBroker::new(options(&url)).unwrap();
    let mut waiting = patient.publish(work(1)).await;
    proxy.aim(server.parse().unwrap());
    let outcome = soon("a confirmation", waiting.remove(0)).await;
    assert_eq!(outcome, PublishOutcome::Confirmed, "sent as soon as the broker was there");
    deliver(&broker, work(3)).await;
}
