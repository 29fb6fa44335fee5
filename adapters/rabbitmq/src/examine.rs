//! A look at the broker, for whoever wants to know whether it can be used: it is asked to do what it will have to do.

use std::time::Duration;

use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::FieldTable;
use lapin::uri::AMQPScheme;
use lapin::{BasicProperties, Confirmation, ErrorKind};
use tokio::time::timeout;
use tropa_contract::port::Queue;

use super::address::Address;
use super::link::{Link, reason};
use super::{Options, RabbitBroker, topology};

/// For what comes after the connection.
const LOOK: Duration = Duration::from_secs(3);

/// What was seen.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The virtual host.
    pub vhost: String,
    /// Who we are there.
    pub user: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Messages in the work queue; `None` when nobody has declared it yet.
    pub waiting: Option<u32>,
}

impl RabbitBroker {
    /// Connects, looks, and sends a message to itself, confirmed, through a queue that goes with the connection; of ours nothing is
    /// declared. The error is for people.
    pub async fn examine(options: Options) -> Result<Examined, String> {
        let address = Address::new(&options.url, options.ca.as_deref()).map_err(|error| error.to_string())?;
        let link = Link::connect(&address, "tropa doctor").await?;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = topology::name(Queue::Dispatch);
        let look = async {
            let channel = link.create_channel().await.map_err(|error| reason(&error))?;
            match channel.queue_declare(queue.into(), passive, FieldTable::default()).await {
                Ok(queue) => Ok(Some(queue.message_count())),
                // A queue that is not there closes the channel, and that is the answer.
                Err(error) if is_not_found(&error) => Ok(None),
                Err(error) => Err(reason(&error)),
            }
        };
        let waiting =
            timeout(LOOK, look).await.unwrap_or_else(|_| Err(format!("no answer within {LOOK:?}")))?;
        let sent = timeout(LOOK, send(&link)).await;
        sent.unwrap_or_else(|_| Err(silence(&link)))?;
        let seen = Examined {
            vhost: link.status().vhost().to_string(),
            user: link.status().username(),
            encrypted: matches!(address.uri.scheme, AMQPScheme::AMQPS),
            waiting,
        };
        link.close().await;
        Ok(seen)
    }
}

/// A broker with an alarm takes connections, answers every question, and no message.
fn silence(link: &Link) -> String {
    if link.status().blocked() {
        return "it takes no messages: a memory or disk alarm".to_owned();
    }
    format!("it does not confirm a message within {LOOK:?}")
}

async fn send(link: &Link) -> Result<(), String> {
    let told = |error: lapin::Error| reason(&error);
    let channel = link.create_channel().await.map_err(told)?;
    channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(told)?;
    let ours = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare("".into(), ours, FieldTable::default()).await.map_err(told)?;
    let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    // The exchange without a name knows every queue by its own.
    let name = queue.name().clone();
    let sent =
        channel.basic_publish("".into(), name.clone(), mandatory, b"doctor", BasicProperties::default());
    match sent.await.map_err(told)?.await.map_err(told)? {
        Confirmation::Ack(None) => {}
        refused => return Err(format!("it does not take a message: {refused:?}")),
    }
    let taken = channel.basic_get(name, BasicGetOptions { no_ack: true }).await.map_err(told)?;
    taken.map(|_| ()).ok_or_else(|| "a message it confirmed is not there".to_owned())
}

fn is_not_found(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(told)
        if *told.kind() == AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND))
}
