//! The witness: a queue of our own bound to everything, drained through a connection of our own. What it saw is what
//! the world saw.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::StreamExt;
use lapin::{
    Connection, ConnectionProperties, Consumer,
    options::{BasicAckOptions, BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::checker::Announcement;

pub const QUEUE: &str = "witness";
pub const EXCHANGE: &str = "orders_exchange";
/// Bound within this time, and empty again within this time after the broker came back.
const PATIENCE: Duration = Duration::from_secs(40);
/// A broker that is just starting may take a connection and never answer on it.
const ANSWER: Duration = Duration::from_secs(5);

/// What was published, as an outsider saw it.
pub struct Witness {
    seen: Arc<Mutex<Vec<Announcement>>>,
    listening: JoinHandle<()>,
}

impl Witness {
    /// Listens on this vhost; returns once the exchange exists and the queue is bound to it.
    pub async fn start(vhost: &str) -> Self {
        let (seen, ready) = (Arc::new(Mutex::default()), watch::Sender::new(false));
        let mut bound = ready.subscribe();
        let listening = tokio::spawn(listen(vhost.to_owned(), seen.clone(), ready));
        let bound = timeout(PATIENCE, bound.wait_for(|bound| *bound)).await;
        bound.expect("the exchange is declared in time").expect("the witness lives");
        Self { seen, listening }
    }

    /// Everything, in the order it came.
    pub fn seen(&self) -> Vec<Announcement> {
        self.seen.lock().unwrap().clone()
    }

    /// How often each message came.
    pub fn times(&self) -> HashMap<String, usize> {
        let mut times = HashMap::new();
        for line in self.seen.lock().unwrap().iter() {
            *times.entry(line.event_id.clone()).or_default() += 1;
        }
        times
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(vhost: String, seen: Arc<Mutex<Vec<Announcement>>>, ready: watch::Sender<bool>) {
    loop {
        // The exchange is not there yet, or the broker is away.
        let _ = session(&vhost, &seen, &ready).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Binds the queue to everything, and consumes it.
async fn attach(vhost: &str) -> lapin::Result<(Connection, Consumer)> {
    let properties = ConnectionProperties::default().with_connection_name("witness".into());
    let connection = Connection::connect(vhost, properties).await?;
    let channel = connection.create_channel().await?;
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(QUEUE.into(), durable, FieldTable::default()).await?;
    let (bind, consume) = (QueueBindOptions::default(), BasicConsumeOptions::default());
    channel.queue_bind(QUEUE.into(), EXCHANGE.into(), "#".into(), bind, FieldTable::default()).await?;
    let messages =
        channel.basic_consume(QUEUE.into(), "witness".into(), consume, FieldTable::default()).await?;
    Ok((connection, messages))
}

async fn session(
    vhost: &str,
    seen: &Mutex<Vec<Announcement>>,
    ready: &watch::Sender<bool>,
) -> lapin::Result<()> {
    let Ok(attached) = timeout(ANSWER, attach(vhost)).await else { return Ok(()) };
    let (_connection, mut messages) = attached?;
    ready.send_replace(true);
    while let Some(message) = messages.next().await {
        let message = message?;
        let event_id = message.properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default();
        {
            let mut seen = seen.lock().unwrap();
            // Given to us again because our acknowledgement was lost, not published again.
            if !message.redelivered || !seen.iter().any(|line| line.event_id == event_id) {
                seen.push(Announcement { event_id, topic: message.routing_key.to_string() });
            }
        }
        message.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}
