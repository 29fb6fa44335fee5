//! A look at the broker, for whoever wants to know whether it can be used.

use std::time::Duration;

use lapin::ErrorKind;
use lapin::options::QueueDeclareOptions;
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::FieldTable;
use lapin::uri::AMQPScheme;
use tokio::time::timeout;
use tropa_dispatch::port::Queue;

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
    /// Whether it takes no messages for now.
    pub blocked: bool,
    /// Messages in the work queue; `None` when nobody has declared it yet.
    pub waiting: Option<u32>,
}

impl RabbitBroker {
    /// Connects once and looks; declares nothing. The error is for people.
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
        let seen = Examined {
            vhost: link.status().vhost().to_string(),
            user: link.status().username(),
            encrypted: matches!(address.uri.scheme, AMQPScheme::AMQPS),
            blocked: link.status().blocked(),
            waiting,
        };
        link.close().await;
        Ok(seen)
    }
}

fn is_not_found(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(told)
        if *told.kind() == AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND))
}
