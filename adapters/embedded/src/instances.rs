//! The registry of instances of one process: standalone, that is this one alone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};
use tropa_contract::domain::{Boot, FORGOTTEN_AFTER, GONE_AFTER, InstanceReport, Phase};
use tropa_contract::port::{
    ActorStatus, DeliveryError, Errand, Instances, InstancesError, Instruction, Outcome, Sighting,
};
use uuid::Uuid;

/// Instructions that may wait for one instance.
const INBOX: usize = 64;

/// Instances of one process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct EmbeddedInstances(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    entries: HashMap<Boot, Entry>,
    answers: HashMap<Uuid, oneshot::Sender<Outcome>>,
}

#[derive(Debug)]
struct Entry {
    report: InstanceReport,
    actors: Vec<ActorStatus>,
    seen: Instant,
    inbox: VecDeque<Errand>,
    arrived: Arc<Notify>,
}

impl EmbeddedInstances {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Every entry stands alone: a panic under the lock leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, to: Boot, errand: Errand) -> Result<oneshot::Receiver<Outcome>, DeliveryError> {
        let mut book = self.book();
        let entry = book.entries.get_mut(&to).ok_or(DeliveryError::Gone)?;
        if entry.report.phase == Phase::Stopped || entry.seen.elapsed() > GONE_AFTER {
            return Err(DeliveryError::Gone);
        }
        if entry.inbox.len() >= INBOX {
            return Err(DeliveryError::Full);
        }
        let (answer, answered) = oneshot::channel();
        let id = errand.id;
        entry.inbox.push_back(errand);
        entry.arrived.notify_one();
        book.answers.insert(id, answer);
        Ok(answered)
    }

    /// Takes an errand back. False when it was taken already.
    fn withdraw(&self, to: Boot, errand: Uuid) -> bool {
        let mut book = self.book();
        book.answers.remove(&errand);
        let Some(entry) = book.entries.get_mut(&to) else { return true };
        let before = entry.inbox.len();
        entry.inbox.retain(|waiting| waiting.id != errand);
        entry.inbox.len() < before
    }

    fn take(&self, me: Boot) -> Result<Option<Errand>, Arc<Notify>> {
        let mut book = self.book();
        let Some(entry) = book.entries.get_mut(&me) else { return Ok(None) };
        entry.inbox.pop_front().map(Some).ok_or_else(|| entry.arrived.clone())
    }
}

#[async_trait]
impl Instances for EmbeddedInstances {
    async fn publish(&self, report: &InstanceReport, actors: &[ActorStatus]) -> Result<(), InstancesError> {
        let mut book = self.book();
        let entry = book.entries.entry(report.identity.boot).or_insert_with(|| Entry {
            report: report.clone(),
            actors: Vec::new(),
            seen: Instant::now(),
            inbox: VecDeque::new(),
            arrived: Arc::default(),
        });
        entry.report.clone_from(report);
        entry.actors = actors.to_vec();
        entry.seen = Instant::now();
        book.entries.retain(|_, entry| entry.seen.elapsed() <= FORGOTTEN_AFTER);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Sighting>, InstancesError> {
        let sighting = |entry: &Entry| Sighting { report: entry.report.clone(), age: entry.seen.elapsed() };
        Ok(self.book().entries.values().map(sighting).collect())
    }

    async fn actors(&self, of: &[Boot]) -> Result<Vec<Vec<ActorStatus>>, InstancesError> {
        let book = self.book();
        let tree =
            |boot| book.entries.get(boot).map(|entry: &Entry| entry.actors.clone()).unwrap_or_default();
        Ok(of.iter().map(tree).collect())
    }

    async fn send(
        &self,
        to: Boot,
        instruction: Instruction,
        patience: Duration,
    ) -> Result<Outcome, DeliveryError> {
        let id = Uuid::now_v7();
        let answered = self.post(to, Errand { id, instruction })?;
        if let Ok(Ok(outcome)) = timeout(patience, answered).await {
            return Ok(outcome);
        }
        Err(if self.withdraw(to, id) { DeliveryError::NotTaken } else { DeliveryError::NoAnswer })
    }

    async fn receive(&self, me: Boot, wait: Duration) -> Result<Option<Errand>, InstancesError> {
        let taken = async {
            loop {
                match self.take(me) {
                    Ok(Some(errand)) => return errand,
                    Ok(None) => std::future::pending().await,
                    Err(arrived) => arrived.notified().await,
                }
            }
        };
        Ok(timeout(wait, taken).await.ok())
    }

    async fn answer(&self, errand: Uuid, outcome: &Outcome) -> Result<(), InstancesError> {
        let asker = self.book().answers.remove(&errand);
        if let Some(asker) = asker {
            // An asker who gave up is not told.
            let _ = asker.send(outcome.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_port() {
        tropa_contract::testing::instances::conforms(async || EmbeddedInstances::new()).await;
    }
}
