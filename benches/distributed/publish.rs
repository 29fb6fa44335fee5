//! What RabbitMQ does without us: a bare lapin loop that publishes with confirms, on the same exchange and queue.

use std::time::Instant;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions};
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};

/// Persistent messages a second with at most `window` unconfirmed; the topology must be there.
pub async fn bare(url: &str, messages: usize, window: usize, body: &[u8]) -> anyhow::Result<f64> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    // 2 is 'persistent' in AMQP 0-9-1.
    let properties =
        BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let begun = Instant::now();
    stream::iter(0..messages)
        .map(|_| {
            let (channel, properties) = (&channel, properties.clone());
            async move {
                let confirm = channel
                    .basic_publish(
                        "orders_exchange".into(),
                        "orders.created".into(),
                        options,
                        body,
                        properties,
                    )
                    .await?;
                match confirm.await? {
                    Confirmation::Ack(None) => anyhow::Ok(()),
                    other => anyhow::bail!("not confirmed: {other:?}"),
                }
            }
        })
        .buffered(window)
        .try_collect::<()>()
        .await?;
    let rate = messages as f64 / begun.elapsed().as_secs_f64();
    channel.queue_purge("orders.dispatch".into(), QueuePurgeOptions::default()).await?;
    connection.close(200, "done".into()).await?;
    Ok(rate)
}
