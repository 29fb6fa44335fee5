//! The registry of instances, and the way between them.
//!
//! Reports and trees lie in hashes by boot, beside when each was seen by Redis's own clock. An instruction is an errand in the
//! receiver's inbox, which is named after its boot: another start of the same name never looks into it. Receiving removes
//! the errand in the same step, so nobody has it twice; an errand that its sender has given up on is taken back, or runs
//! out. Inboxes are looked into now and then instead of blocking on them: that needs no connection of its own, and
//! survives whatever happens to Redis without a word.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep, timeout_at};
use tropa_contract::domain::{Boot, FORGOTTEN_AFTER, GONE_AFTER, InstanceReport};
use tropa_contract::port::{
    ActorStatus, DeliveryError, Errand, Instances, InstancesError, Instruction, Outcome, Sighting,
};
use uuid::Uuid;

use super::{CallError, Connections, Script};

/// How often an inbox is looked into.
const LOOK: Duration = Duration::from_millis(250);

/// How often an answer is looked for.
const ASK: Duration = Duration::from_millis(25);

/// Errands that may wait for one instance.
const INBOX: usize = 64;

/// An errand outlives its sender's patience by this: time to take it back and to know whether it was taken.
const GRACE: Duration = Duration::from_secs(2);

/// An answer that nobody fetches is kept this long.
const ANSWER: Duration = Duration::from_secs(30);

/// The registry that all instances on one Redis share. Cheap to clone.
#[derive(Clone)]
pub struct RedisInstances {
    connections: Connections,
    key: String,
    scripts: Arc<Scripts>,
}

struct Scripts {
    publish: Script,
    list: Script,
    actors: Script,
    send: Script,
    take: Script,
    withdraw: Script,
    answer: Script,
    fetch: Script,
}

impl RedisInstances {
    /// A registry over these connections.
    pub fn new(connections: Connections) -> Self {
        let scripts = Scripts {
            publish: Script::new(include_str!("instances/lua/publish.lua")),
            list: Script::new(include_str!("instances/lua/list.lua")),
            actors: Script::new(include_str!("instances/lua/actors.lua")),
            send: Script::new(include_str!("instances/lua/send.lua")),
            take: Script::new(include_str!("instances/lua/take.lua")),
            withdraw: Script::new(include_str!("instances/lua/withdraw.lua")),
            answer: Script::new(include_str!("instances/lua/answer.lua")),
            fetch: Script::new(include_str!("instances/lua/fetch.lua")),
        };
        Self { key: connections.key("instances"), connections, scripts: Arc::new(scripts) }
    }

    async fn post(&self, to: Boot, errand: &Errand, patience: Duration) -> Result<String, DeliveryError> {
        let errand = text(errand).map_err(DeliveryError::NotSent)?;
        let send = self.scripts.send.on(&self.key).arg(to.to_string()).arg(errand);
        let send = send.arg(millis(patience + GRACE)).arg(millis(GONE_AFTER)).arg(INBOX);
        let entry: String = self.connections.call(send).await.map_err(|error| match error {
            CallError::Away(_) => DeliveryError::NotSent(error.into()),
            // Its reply was lost, or is late: the errand may be in the inbox.
            _ => DeliveryError::Registry(error.into()),
        })?;
        match entry.as_str() {
            "gone" => Err(DeliveryError::Gone),
            "full" => Err(DeliveryError::Full),
            _ => Ok(entry),
        }
    }

    /// Looks for the outcome of an errand until it is there. A look that fails is not the last: the answer waits.
    async fn outcome(&self, errand: Uuid) -> Result<Outcome, InstancesError> {
        loop {
            let fetch = self.scripts.fetch.on(&self.key).arg(errand.to_string());
            if let Ok(Some(answer)) = self.connections.call::<Option<String>>(fetch).await {
                return read(&answer);
            }
            sleep(ASK).await;
        }
    }

    /// Takes an errand back. False when it was taken already.
    async fn withdraw(&self, from: Boot, entry: &str) -> Result<bool, InstancesError> {
        let withdraw = self.scripts.withdraw.on(&self.key).arg(from.to_string()).arg(entry);
        Ok(self.connections.call::<u64>(withdraw).await? > 0)
    }
}

impl From<CallError> for InstancesError {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

fn text(value: &impl Serialize) -> Result<String, InstancesError> {
    serde_json::to_string(value).map_err(|error| InstancesError(error.to_string()))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, InstancesError> {
    serde_json::from_str(text).map_err(|error| InstancesError(error.to_string()))
}

fn sighting(age_ms: u64, report: &str) -> Option<Sighting> {
    let report = read(report);
    if let Err(error) = &report {
        tracing::debug!(%error, "an instance of another version is not listed");
    }
    Some(Sighting { report: report.ok()?, age: Duration::from_millis(age_ms) })
}

#[async_trait]
impl Instances for RedisInstances {
    async fn publish(&self, report: &InstanceReport, actors: &[ActorStatus]) -> Result<(), InstancesError> {
        let publish = self.scripts.publish.on(&self.key).arg(report.identity.boot.to_string());
        let publish = publish.arg(text(report)?).arg(text(&actors)?).arg(millis(FORGOTTEN_AFTER));
        Ok(self.connections.call(publish).await?)
    }

    async fn list(&self) -> Result<Vec<Sighting>, InstancesError> {
        let listed: Vec<(u64, String)> = self.connections.call(self.scripts.list.on(&self.key)).await?;
        Ok(listed.into_iter().filter_map(|(age, report)| sighting(age, &report)).collect())
    }

    async fn actors(&self, of: &[Boot]) -> Result<Vec<Vec<ActorStatus>>, InstancesError> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let boots: Vec<String> = of.iter().map(Boot::to_string).collect();
        let trees: Vec<Option<String>> =
            self.connections.call(self.scripts.actors.on(&self.key).arg(boots)).await?;
        // One of another version may not be readable; the others are.
        let tree = |tree: Option<String>| tree.and_then(|tree| read(&tree).ok()).unwrap_or_default();
        Ok(trees.into_iter().map(tree).collect())
    }

    async fn send(
        &self,
        to: Boot,
        instruction: Instruction,
        patience: Duration,
    ) -> Result<Outcome, DeliveryError> {
        let (until, errand) = (Instant::now() + patience, Errand { id: Uuid::now_v7(), instruction });
        let entry = self.post(to, &errand, patience).await?;
        match timeout_at(until, self.outcome(errand.id)).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Err(_) if self.withdraw(to, &entry).await? => Err(DeliveryError::NotTaken),
            // It was taken, or answered as another version answers.
            _ => Err(DeliveryError::NoAnswer),
        }
    }

    async fn receive(&self, me: Boot, wait: Duration) -> Result<Option<Errand>, InstancesError> {
        let until = Instant::now() + wait;
        loop {
            let take = self.scripts.take.on(&self.key).arg(me.to_string());
            if let Some(errand) = self.connections.call::<Option<String>>(take).await? {
                return read(&errand).map(Some);
            }
            if Instant::now() + LOOK >= until {
                return Ok(None);
            }
            sleep(LOOK).await;
        }
    }

    async fn answer(&self, errand: Uuid, outcome: &Outcome) -> Result<(), InstancesError> {
        let answer = self.scripts.answer.on(&self.key).arg(errand.to_string());
        let answer = answer.arg(text(outcome)?).arg(millis(ANSWER));
        Ok(self.connections.call::<u64>(answer).await.map(drop)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[tokio::test]
    async fn what_cannot_go_out_is_said_not_to_have() {
        // Nobody listens there.
        let connections = Connections::open(Options::new("redis://127.0.0.1:1")).unwrap();
        let drain = Instruction::Drain { reason: "test".to_owned() };
        let sent = RedisInstances::new(connections).send(Boot::fresh(), drain, Duration::from_secs(1)).await;
        assert!(matches!(sent, Err(DeliveryError::NotSent(_))), "{sent:?}");
    }
}
