//! The first contact with the database, and from then on the ear for wake-ups: the one task that runs beside the calls.

use std::time::Duration;

use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tropa_contract::port::{Backoff, Jitter, StoreError};

use super::{address::Address, schema, wakeup::Wakeup};

/// A call that comes before the first attempt has ended waits for it so long.
const FIRST: Duration = Duration::from_secs(3);
/// Between attempts, and between the connections behind them. Half of it at random: instances that lost the same server do not
/// come back in step.
pub const PAUSE: Backoff = Backoff::between(Duration::from_millis(100), Duration::from_secs(5));

#[derive(Clone)]
enum State {
    Trying,
    Made,
    Failed(String),
}

/// Whether the tables are there.
pub struct Contact {
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
}

impl Contact {
    /// Starts trying. Needs a runtime, and lives on it.
    pub fn start(address: Address, wakeup: Wakeup) -> Self {
        let (told, state) = watch::channel(State::Trying);
        let task = tokio::spawn(async move {
            establish(&address, &told).await;
            wakeup.listen(&address).await;
        });
        Self { state, task }
    }

    /// Returns once the tables are up to date; at once, and with the reason, after an attempt that failed.
    pub async fn made(&self) -> Result<(), StoreError> {
        let mut state = self.state.clone();
        let waited = timeout(FIRST, state.wait_for(|state| !matches!(state, State::Trying))).await;
        drop(waited);
        // Whatever the wait came to, this is what is known now. Once made, the task's end changes nothing.
        let state = self.state.borrow().clone();
        match state {
            State::Made => Ok(()),
            // Whatever it is, no call is at fault: a database of a newer version, say, may be taken back.
            State::Failed(reason) => Err(StoreError::Unavailable(reason)),
            State::Trying => Err(StoreError::Unavailable("still trying to reach the database".to_owned())),
        }
    }

    /// Ends the task.
    pub async fn end(&self) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Contact {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn establish(address: &Address, told: &watch::Sender<State>) {
    let (mut pauses, mut said) = (PAUSE.pauses(Jitter::Half), false);
    loop {
        let Err(error) = schema::migrate(address).await else { break };
        if !said {
            tracing::warn!(%error, "no contact with PostgreSQL yet; trying on");
            said = true;
        }
        told.send_replace(State::Failed(error.to_string()));
        sleep(pauses.longer()).await;
    }
    if said {
        tracing::info!("contact with PostgreSQL made");
    }
    told.send_replace(State::Made);
}
