//! How subscriptions and channels are lost, and that somebody hears of it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tropa_dispatch::port::{Broker, BrokerError, PublishOutcome, Queue};

use super::prefetch::close_connection;
use super::stage::{broker, deliver, end, next, publish, until, vhost, work};
use crate::servers::servers;

#[tokio::test]
async fn a_queue_deleted_under_its_consumer_ends_the_stream_and_comes_back() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(2)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    // At its prefetch, waiting for a delivery to be settled: it must hear of the end all the same.
    let _held = next(&mut consumer).await;
    let (status, _) =
        servers().administer("DELETE", &format!("/api/queues/{}/orders.dispatch", vhost(&url)), "").await;
    assert_eq!(status, 204);
    end(&mut consumer).await;
    assert!(consumer.next().await.is_none(), "it stays ended");
    let mut again = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    assert_eq!(publish(&broker, work(1)).await, [PublishOutcome::Confirmed], "bound again, too");
    next(&mut again).await.settle.ack().await.unwrap();
}

#[tokio::test]
async fn a_connection_closed_by_an_operator_is_made_again() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    deliver(&broker, work(1)).await;
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    let held = next(&mut consumer).await;
    close_connection(&url, "consuming").await;
    end(&mut consumer).await;
    assert_eq!(held.settle.ack().await, Err(BrokerError::Stale));
    let mut again =
        until("a subscription", async || broker.subscribe(Queue::Dispatch, "a", 1).await.ok()).await;
    let delivery = next(&mut again).await;
    assert_eq!(delivery.redeliveries, 1);
    delivery.settle.ack().await.unwrap();

    close_connection(&url, "publishing").await;
    deliver(&broker, work(3)).await;
    // One of them is with the consumer.
    until("they are there", async || (broker.ready(Queue::Dispatch).await == Ok(2)).then_some(())).await;
}

/// Passes one connection on to the server, and can put a frame of its own between the client's.
async fn meddler(server: String) -> (u16, mpsc::UnboundedSender<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (inject, mut injected) = mpsc::unbounded_channel::<Vec<u8>>();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let upstream = TcpStream::connect(&server).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = upstream.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            let mut bytes = vec![0; 64 * 1024];
            loop {
                tokio::select! {
                    read = from_client.read(&mut bytes) => match read {
                        Ok(read) if read > 0 => to_server.write_all(&bytes[..read]).await.unwrap(),
                        _ => break,
                    },
                    Some(frame) = injected.recv() => to_server.write_all(&frame).await.unwrap(),
                }
            }
        }
    });
    (port, inject)
}

/// `basic.ack` of this delivery.
fn ack_frame(channel: u16, delivery: u64) -> Vec<u8> {
    let mut frame = vec![1];
    frame.extend(channel.to_be_bytes());
    frame.extend(13_u32.to_be_bytes());
    frame.extend([0, 60, 0, 80]);
    frame.extend(delivery.to_be_bytes());
    frame.extend([0, 0xce]);
    frame
}

#[tokio::test]
async fn a_double_ack_ends_the_stream_of_its_channel_and_no_other() {
    let url = servers().vhost().await;
    let server = url.split_once('@').unwrap().1.split_once('/').unwrap().0;
    let (port, inject) = meddler(server.to_owned()).await;
    let through = broker(&url.replace(server, &format!("127.0.0.1:{port}")));
    let mut first = through.subscribe(Queue::Dispatch, "first", 1).await.unwrap();
    let mut second = through.subscribe(Queue::Parking, "second", 1).await.unwrap();
    let direct = broker(&url);
    deliver(&direct, work(1)).await;
    next(&mut first).await.settle.ack().await.unwrap();
    inject.send(ack_frame(1, 1)).unwrap();
    end(&mut first).await;
    let mut again = through.subscribe(Queue::Dispatch, "first", 1).await.unwrap();
    deliver(&direct, work(1)).await;
    next(&mut again).await.settle.reject().await.unwrap();
    next(&mut second).await.settle.ack().await.unwrap();
}

#[tokio::test]
async fn closing_ends_everything_and_loses_nothing() {
    let url = servers().vhost().await;
    let broker = broker(&url);
    let mut consumer = broker.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    let confirms = broker.publish(work(200)).await;
    let held = next(&mut consumer).await;
    broker.close().await;
    end(&mut consumer).await;
    for confirm in confirms {
        assert_eq!(confirm.await, PublishOutcome::Confirmed, "in flight when it was closed");
    }
    assert_eq!(held.settle.ack().await, Err(BrokerError::Stale));
    assert!(matches!(publish(&broker, work(1)).await[0], PublishOutcome::Unknown(_)));
    assert!(matches!(broker.subscribe(Queue::Dispatch, "a", 1).await, Err(BrokerError::Unavailable(_))));
    let successor = super::stage::broker(&url);
    until("all are there", async || (successor.ready(Queue::Dispatch).await == Ok(200)).then_some(())).await;
}
