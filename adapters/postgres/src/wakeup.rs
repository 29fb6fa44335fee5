//! Waking relays: this process's directly, other instances' by LISTEN and NOTIFY.
//!
//! A NOTIFY inside a transaction takes a lock of the whole server until its COMMIT is on disk, so that commits happen one
//! after the other. Ours is sent behind the commit, by the connection that also listens, once for whatever was committed
//! since the last. What is lost when a process dies in between, the relays' poll finds.

use std::{
    future::poll_fn,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_postgres::{AsyncMessage, Client, Socket};
use tropa_contract::port::Jitter;

use super::{address::Address, contact::PAUSE, era::Era, tls};

/// Between two notifications of ours: what one more wake-up a second is worth, others pay for.
const SPACING: Duration = Duration::from_millis(10);
/// Without anything to tell, a question shows whether the server is still there.
const PROBE: Duration = Duration::from_secs(15);
/// For each answer.
const ANSWER: Duration = Duration::from_secs(5);

const WHO: &str = "SELECT pg_backend_pid()";
const LISTEN: &str = "LISTEN tropa_outbox";
const NOTIFY: &str = "NOTIFY tropa_outbox";

/// Both directions of the wake-up.
#[derive(Clone)]
pub struct Wakeup {
    /// Our relay waits for it.
    relay: Arc<Notify>,
    /// Others are to be told.
    others: Arc<Notify>,
    era: Era,
}

impl Wakeup {
    /// Nobody is told yet. Its connection is made anew with all others.
    pub fn new(era: Era) -> Self {
        Self { relay: Arc::default(), others: Arc::default(), era }
    }

    /// What a relay of this process waits for.
    pub fn relay(&self) -> Arc<Notify> {
        self.relay.clone()
    }

    /// After a commit that made rows due.
    pub fn made_due(&self) {
        self.relay.notify_one();
        self.others.notify_one();
    }

    /// Listens and tells, for ever, on connections of its own.
    pub async fn listen(&self, address: &Address) {
        let mut pauses = PAUSE.pauses(Jitter::Half);
        let mut said = false;
        loop {
            let connect = address.connect(|config| {
                config.application_name("tropa wakeup");
            });
            let error = match timeout(ANSWER, connect).await {
                Ok(Ok((client, connection))) => {
                    said = false;
                    pauses.reset();
                    self.serve(&client, connection).await
                }
                Ok(Err(error)) => super::failure::told(&error),
                Err(_) => "no connection in time".to_owned(),
            };
            if !said {
                tracing::warn!(%error, "wake-ups of other instances are not heard; polling until they are");
                said = true;
            }
            sleep(pauses.longer()).await;
        }
    }

    /// Until the connection breaks; returns how.
    async fn serve(
        &self,
        client: &Client,
        mut connection: tokio_postgres::Connection<Socket, tls::Stream>,
    ) -> String {
        let us = OnceLock::new();
        let hear = async {
            loop {
                match poll_fn(|context| connection.poll_message(context)).await {
                    // Our own comes back to us; its relay has long been at work.
                    Some(Ok(AsyncMessage::Notification(from))) if us.get() == Some(&from.process_id()) => {}
                    Some(Ok(AsyncMessage::Notification(_))) => self.relay.notify_one(),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return super::failure::told(&error),
                    None => return "closed".to_owned(),
                }
            }
        };
        tokio::select! {
            error = hear => error,
            error = self.tell(client, &us) => error,
            () = self.era.ended() => "the server cannot work any more".to_owned(),
        }
    }

    async fn tell(&self, client: &Client, us: &OnceLock<i32>) -> String {
        match timeout(ANSWER, client.query_one(WHO, &[])).await {
            // Unknown, ours are heard like any other's: a question too many.
            Ok(Ok(row)) => drop(row.try_get(0).map(|process| us.set(process))),
            Ok(Err(error)) => return super::failure::told(&error),
            Err(_) => return format!("no answer to {WHO} in time"),
        }
        let mut command = LISTEN;
        loop {
            match timeout(ANSWER, client.batch_execute(command)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return super::failure::told(&error),
                Err(_) => return format!("no answer to {command} in time"),
            }
            if command == LISTEN {
                // Whatever was notified while nobody listened.
                self.relay.notify_one();
            }
            sleep(SPACING).await;
            command = match timeout(PROBE, self.others.notified()).await {
                Ok(()) => NOTIFY,
                Err(_) => "",
            };
        }
    }
}
