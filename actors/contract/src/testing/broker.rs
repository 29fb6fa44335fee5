//! What every [`Broker`] does.
//!
//! When a publish is confirmed is the broker's own affair: some confirm what they have stored, some what was settled.
//! So the suite settles before it awaits a confirmation.

use time::OffsetDateTime;

use super::{soon, until};
use crate::domain::{Envelope, EventId, OrderId, Topic};
use crate::port::{Broker, Confirm, Delivery, PublishOutcome, Queue, Subscription};

/// Runs the suite; `make` gives a fresh broker with empty queues each time, with a delivery limit below 100 and room
/// for at least 100 messages.
pub async fn conforms<B: Broker>(make: impl AsyncFn() -> B) {
    work_comes_in_order_and_is_confirmed(&make().await).await;
    what_only_tells_the_world_is_no_work(&make().await).await;
    prefetch_bounds_what_a_consumer_holds(&make().await).await;
    consumers_share_the_work(&make().await).await;
    what_is_dropped_comes_again(&make().await).await;
    what_is_requeued_comes_again(&make().await).await;
    deliveries_outlive_their_subscription(&make().await).await;
    what_is_rejected_is_parked(&make().await).await;
    what_is_delivered_too_often_is_parked(&make().await).await;
    a_cancelled_wait_loses_nothing(&make().await).await;
}

/// A message of this topic, for a fresh order.
pub fn message(topic: Topic) -> Envelope {
    Envelope {
        event_id: EventId::fresh(),
        topic,
        order_id: OrderId::fresh(),
        version: 1,
        payload: r#"{"hello":"wörld"}"#.to_owned(),
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok(),
        created_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn messages(count: usize) -> Vec<Envelope> {
    (0..count).map(|_| message(Topic::Created)).collect()
}

async fn publish(broker: &impl Broker, batch: &[Envelope]) -> Vec<Confirm> {
    let confirms = soon("the batch is taken", broker.publish(batch.to_vec())).await;
    assert_eq!(confirms.len(), batch.len(), "a confirmation each");
    confirms
}

async fn all_confirmed(confirms: Vec<Confirm>) {
    for confirm in confirms {
        assert_eq!(soon("a confirmation", confirm).await, PublishOutcome::Confirmed);
    }
}

async fn subscribe(broker: &impl Broker, queue: Queue, prefetch: u16) -> Box<dyn Subscription> {
    soon("a subscription", broker.subscribe(queue, "suite", prefetch)).await.unwrap()
}

async fn next(consumer: &mut Box<dyn Subscription>) -> Delivery {
    soon("a delivery", consumer.next()).await.expect("the subscription lives")
}

fn envelope(delivery: &Delivery) -> Envelope {
    *delivery.message.clone().expect("an envelope")
}

async fn idle(consumer: &mut Box<dyn Subscription>) -> bool {
    let moment = std::time::Duration::from_millis(100);
    tokio::time::timeout(moment, consumer.next()).await.is_err()
}

async fn work_comes_in_order_and_is_confirmed(broker: &impl Broker) {
    let batch: Vec<_> = Topic::ALL.into_iter().filter(|t| t.is_work()).map(message).collect();
    let confirms = publish(broker, &batch).await;
    let mut consumer = subscribe(broker, Queue::Dispatch, 10).await;
    for sent in &batch {
        let delivery = next(&mut consumer).await;
        assert_eq!((&envelope(&delivery), delivery.redeliveries), (sent, 0), "as it was sent");
        delivery.settle.ack().await.unwrap();
    }
    all_confirmed(confirms).await;
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(0));
}

async fn what_only_tells_the_world_is_no_work(broker: &impl Broker) {
    let batch: Vec<_> = Topic::ALL.into_iter().filter(|t| !t.is_work()).map(message).collect();
    all_confirmed(publish(broker, &batch).await).await;
    assert_eq!(broker.ready(Queue::Dispatch).await, Ok(0), "work made of news");
}

async fn prefetch_bounds_what_a_consumer_holds(broker: &impl Broker) {
    let mut consumer = subscribe(broker, Queue::Dispatch, 2).await;
    let confirms = publish(broker, &messages(4)).await;
    let (first, second) = (next(&mut consumer).await, next(&mut consumer).await);
    assert!(idle(&mut consumer).await, "a third delivery at prefetch 2");
    until("two are left in the queue", async || (broker.ready(Queue::Dispatch).await == Ok(2)).then_some(()))
        .await;
    assert_eq!(broker.is_idle(Queue::Dispatch).await, Ok(false));
    consumer.set_prefetch(3);
    let third = next(&mut consumer).await;
    assert!(idle(&mut consumer).await, "a fourth delivery at prefetch 3");
    first.settle.ack().await.unwrap();
    let fourth = next(&mut consumer).await;
    consumer.set_prefetch(1);
    let more = publish(broker, &messages(2)).await;
    for delivery in [second, third, fourth] {
        assert!(idle(&mut consumer).await, "a delivery at prefetch 1");
        delivery.settle.ack().await.unwrap();
    }
    for _ in 0..2 {
        next(&mut consumer).await.settle.ack().await.unwrap();
    }
    until("it is idle", async || (broker.is_idle(Queue::Dispatch).await == Ok(true)).then_some(())).await;
    all_confirmed(confirms).await;
    all_confirmed(more).await;
}

async fn consumers_share_the_work(broker: &impl Broker) {
    let mut one = subscribe(broker, Queue::Dispatch, 1).await;
    let mut two = subscribe(broker, Queue::Dispatch, 1).await;
    let confirms = publish(broker, &messages(2)).await;
    let (a, b) = (next(&mut one).await, next(&mut two).await);
    assert_ne!(envelope(&a).event_id, envelope(&b).event_id, "one message, two consumers");
    a.settle.ack().await.unwrap();
    b.settle.ack().await.unwrap();
    all_confirmed(confirms).await;
}

async fn what_is_dropped_comes_again(broker: &impl Broker) {
    let mut consumer = subscribe(broker, Queue::Dispatch, 1).await;
    let batch = messages(2);
    let confirms = publish(broker, &batch).await;
    drop(next(&mut consumer).await);
    for (sent, redeliveries) in batch.iter().zip([1, 0]) {
        let delivery = next(&mut consumer).await;
        assert_eq!((&envelope(&delivery), delivery.redeliveries), (sent, redeliveries), "from the front");
        delivery.settle.ack().await.unwrap();
    }
    all_confirmed(confirms).await;
}

async fn what_is_requeued_comes_again(broker: &impl Broker) {
    let mut consumer = subscribe(broker, Queue::Dispatch, 10).await;
    let confirms = publish(broker, &messages(1)).await;
    for redeliveries in 0..5 {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.redeliveries, redeliveries, "counted");
        delivery.settle.requeue().await.unwrap();
    }
    next(&mut consumer).await.settle.ack().await.unwrap();
    all_confirmed(confirms).await;
}

async fn deliveries_outlive_their_subscription(broker: &impl Broker) {
    let mut consumer = subscribe(broker, Queue::Dispatch, 10).await;
    let batch = messages(2);
    let confirms = publish(broker, &batch).await;
    let (kept, dropped) = (next(&mut consumer).await, next(&mut consumer).await);
    drop(consumer);
    kept.settle.ack().await.unwrap();
    drop(dropped);
    let mut successor = subscribe(broker, Queue::Dispatch, 10).await;
    let again = next(&mut successor).await;
    assert_eq!(
        (envelope(&again).event_id, again.redeliveries),
        (batch[1].event_id, 1),
        "what was not settled"
    );
    again.settle.ack().await.unwrap();
    all_confirmed(confirms).await;
}

async fn what_is_rejected_is_parked(broker: &impl Broker) {
    let mut consumer = subscribe(broker, Queue::Dispatch, 10).await;
    let batch = messages(2);
    let confirms = publish(broker, &batch).await;
    next(&mut consumer).await.settle.reject().await.unwrap();
    next(&mut consumer).await.settle.ack().await.unwrap();
    let mut drain = subscribe(broker, Queue::Parking, 1).await;
    // Whoever drains may die as well, and beyond this queue there is none.
    drop(next(&mut drain).await);
    next(&mut drain).await.settle.reject().await.unwrap();
    let parked = next(&mut drain).await;
    assert_eq!(envelope(&parked), batch[0], "as it was sent");
    parked.settle.ack().await.unwrap();
    all_confirmed(confirms).await;
    assert_eq!(broker.ready(Queue::Parking).await, Ok(0));
    assert!(idle(&mut consumer).await, "a rejected message came again");
}

async fn what_is_delivered_too_often_is_parked(broker: &impl Broker) {
    let mut consumer = subscribe(broker, Queue::Dispatch, 10).await;
    let mut drain = subscribe(broker, Queue::Parking, 10).await;
    let batch = messages(1);
    let confirms = publish(broker, &batch).await;
    let parked = soon("the message is parked", async {
        loop {
            tokio::select! {
                delivery = consumer.next() => drop(delivery.expect("the subscription lives")),
                parked = drain.next() => break parked.expect("the subscription lives"),
            }
        }
    })
    .await;
    assert_eq!(envelope(&parked), batch[0], "as it was sent");
    parked.settle.ack().await.unwrap();
    all_confirmed(confirms).await;
}

async fn a_cancelled_wait_loses_nothing(broker: &impl Broker) {
    let mut fickle = subscribe(broker, Queue::Dispatch, 100).await;
    let mut steady = subscribe(broker, Queue::Dispatch, 100).await;
    let batch = messages(50);
    let mut seen = Vec::new();
    let mut confirms = Vec::new();
    for sent in &batch {
        // Both wait; one of them gives up at the very moment in which something comes.
        let mut waiting = Box::pin(fickle.next());
        let pending = futures_util::poll!(&mut waiting).is_pending();
        assert!(pending, "nothing was there");
        confirms.extend(publish(broker, std::slice::from_ref(sent)).await);
        drop(waiting);
        let delivery = soon("a delivery to the other", async {
            tokio::select! { d = steady.next() => d, d = fickle.next() => d }
        });
        let delivery = delivery.await.expect("the subscription lives");
        seen.push(envelope(&delivery).event_id);
        delivery.settle.ack().await.unwrap();
    }
    assert_eq!(seen, batch.iter().map(|e| e.event_id).collect::<Vec<_>>());
    all_confirmed(confirms).await;
}
