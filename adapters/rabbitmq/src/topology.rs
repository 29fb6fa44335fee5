//! What must exist at the broker. Declared by publisher and consumer alike, each time they connect: whoever comes first
//! makes it, for the others it is a question with the answer yes.
//!
//! ```text
//! orders_exchange (topic) ──work topics──▶ orders.dispatch ──rejected, or delivered too often──▶ dlx_exchange ──▶ orders.parking
//!        └─ what nothing is bound to ──▶ unrouted_exchange (topic) ──news nobody listens to──▶ orders.unrouted
//! ```
//!
//! A message is `mandatory`: what no queue takes comes back, and its outbox row stays unpublished. An alternate exchange
//! that took everything would turn that promise off, because a message it routes counts as routed: with the work queue
//! unbound, orders would be confirmed into a queue nobody works on. So the alternate exchange takes the *news* alone
//! ([`Topic::is_work`] is false): a dispatched order is no less dispatched when nobody listens, so its event must be
//! confirmed, and `orders.unrouted` shows the operator the last of those. Work without a bound queue has no place to go
//! and is returned.
//!
//! Every argument on which brokers differ is given. RabbitMQ 3.10 has no delivery limit by default, 4.x has 20 and drops
//! what exceeds it when there is no dead-letter exchange; a vhost may make classic or quorum queues by default.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};
use tropa_contract::domain::Topic;
use tropa_contract::port::Queue;

/// Where everything is published.
pub(super) const EXCHANGE: &str = "orders_exchange";
const UNROUTED_EXCHANGE: &str = "unrouted_exchange";
const DEAD_LETTER_EXCHANGE: &str = "dlx_exchange";
const UNROUTED: &str = "orders.unrouted";

/// Deliveries of one message after the first before it is parked; the same as the embedded broker's, and as the default of
/// RabbitMQ 4.
const DELIVERY_LIMIT: i32 = 20;

/// A parked message waits until it has become a row, however often that fails. `-1` would say so to RabbitMQ 4, and 3.10
/// refuses it.
const NO_LIMIT: i32 = i32::MAX;

/// The last news nobody listened to.
const UNROUTED_KEPT: i32 = 10_000;

/// The queue's name at the broker.
pub(super) fn name(queue: Queue) -> &'static str {
    match queue {
        Queue::Dispatch => "orders.dispatch",
        Queue::Parking => "orders.parking",
    }
}

/// Declares everything. A broker that has something of the same name with other properties closes the channel.
pub(super) async fn declare(channel: &Channel) -> lapin::Result<()> {
    exchange(channel, UNROUTED_EXCHANGE, &[]).await?;
    exchange(channel, EXCHANGE, &[("alternate-exchange", text(UNROUTED_EXCHANGE))]).await?;
    exchange(channel, DEAD_LETTER_EXCHANGE, &[]).await?;

    let parking = name(Queue::Parking);
    queue(channel, parking, &[("x-delivery-limit", NO_LIMIT.into())]).await?;
    bind(channel, parking, DEAD_LETTER_EXCHANGE, "#").await?;

    queue(channel, UNROUTED, &[("x-max-length", UNROUTED_KEPT.into()), ("x-overflow", text("drop-head"))])
        .await?;

    let dispatch = name(Queue::Dispatch);
    let arguments = [
        ("x-delivery-limit", DELIVERY_LIMIT.into()),
        ("x-dead-letter-exchange", text(DEAD_LETTER_EXCHANGE)),
        // Without both of these a message may be lost on its way to the parking queue.
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
    ];
    queue(channel, dispatch, &arguments).await?;
    for topic in Topic::ALL {
        let (queue, exchange) =
            if topic.is_work() { (dispatch, EXCHANGE) } else { (UNROUTED, UNROUTED_EXCHANGE) };
        bind(channel, queue, exchange, topic.as_str()).await?;
    }
    Ok(())
}

type Argument<'a> = (&'a str, AMQPValue);

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

fn table(arguments: &[Argument<'_>]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert((*name).into(), value.clone());
    }
    table
}

async fn exchange(channel: &Channel, name: &str, arguments: &[Argument<'_>]) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(name.into(), ExchangeKind::Topic, durable, table(arguments)).await
}

async fn queue(channel: &Channel, name: &str, arguments: &[Argument<'_>]) -> lapin::Result<()> {
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let mut table = table(arguments);
    table.insert("x-queue-type".into(), text("quorum"));
    channel.queue_declare(name.into(), durable, table).await.map(|_| ())
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    channel.queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default()).await
}
