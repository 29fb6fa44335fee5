//! The other instances: who there is, and how one of them is told something.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tropa_supervision::{
    ActorHistory, ActorStatus, ChaosCommand, CommandError, Effects, LivingQuery, LivingStatus,
};
use uuid::Uuid;

use crate::domain::{Boot, BreakerTale, InstanceReport, OrderId, OrderLanes, Phase};

/// The registry of instances does not answer: nothing is known of the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("other instances unknown: {0}")]
pub struct InstancesError(pub String);

/// An instance, and how long ago it was heard of.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// What it said.
    pub report: InstanceReport,
    /// How long ago.
    pub age: Duration,
}

/// What one instance tells another to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Instruction {
    /// Do something to an actor on purpose.
    Actor {
        /// Which.
        path: String,
        /// Only this incarnation.
        epoch: Option<u64>,
        /// What.
        command: ChaosCommand,
        /// Why.
        reason: String,
    },
    /// Say what an actor was like in the last quarter of an hour.
    History {
        /// Which.
        path: String,
    },
    /// Say what commands would do to an actor just now.
    Effects {
        /// Which.
        path: String,
    },
    /// Say which order aggregates there are just now.
    Living {
        /// Which are wanted.
        query: LivingQuery,
    },
    /// Take no new work, finish what is in hand.
    Drain {
        /// Why.
        reason: String,
    },
    /// Take work again.
    Resume {
        /// Why.
        reason: String,
    },
    /// Say what only it knows.
    Tell {
        /// What.
        question: Question,
    },
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// What only the instance itself knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// What it did with an order.
    Lanes {
        /// Which.
        order: OrderId,
    },
    /// How its breakers stand, and stood.
    Breakers,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// What it did with the order.
    Lanes {
        /// As it remembers.
        lanes: Box<OrderLanes>,
    },
    /// How its breakers stand, and stood.
    Breakers {
        /// Each.
        breakers: Vec<BreakerTale>,
    },
    /// It does not know what was meant, or the answer is one of a later version.
    #[serde(other)]
    Nothing,
}

/// What became of an instruction.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The command is on its way to the actor, which was like this before.
    Sent {
        /// The actor.
        actor: Box<ActorStatus>,
    },
    /// The instance is in this phase now.
    Entered {
        /// The phase.
        phase: Phase,
    },
    /// The actor was like this.
    History {
        /// What it was like.
        history: Box<ActorHistory>,
    },
    /// Commands would do this.
    Effects {
        /// What they would do.
        effects: Box<Effects>,
    },
    /// There are these aggregates.
    Living {
        /// Those that were wanted.
        children: Vec<LivingStatus>,
    },
    /// The actor could not be commanded, or is not there.
    Refused {
        /// Why.
        error: CommandError,
    },
    /// This is what the instance knows.
    Told {
        /// Of what was asked.
        told: Told,
    },
    /// The instance does not know how to do it, or the outcome is one of a later version.
    #[serde(other)]
    Unknown,
}

/// An instruction that has arrived. Whoever receives it has it alone, and carries it out at most once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Names the answer.
    pub id: Uuid,
    /// What to do.
    pub instruction: Instruction,
}

/// Why there is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The registry knows no such boot, or has not heard of it for too long. Nothing was done.
    #[error("the instance is gone")]
    Gone,
    /// It did not take the instruction in time, and now it cannot any more. Nothing was done.
    #[error("the instance did not take the command in time")]
    NotTaken,
    /// It took the instruction and did not answer in time. What was done is not known.
    #[error("the instance took the command and did not answer in time")]
    NoAnswer,
    /// Too many instructions wait for it. Nothing was done.
    #[error("too many commands wait for the instance")]
    Full,
    /// The registry is away. The instruction did not go out: nothing was done.
    #[error("{0}")]
    NotSent(InstancesError),
    /// The registry does not answer; whether the instruction went out is not known.
    #[error(transparent)]
    Registry(#[from] InstancesError),
}

/// The registry of instances, and the way between them. Instructions are carried out at most once: they are never kept
/// beyond their asker's patience, and never given to another boot.
#[async_trait]
pub trait Instances: Send + Sync + 'static {
    /// Shows this instance to the others, and its actors to whoever asks.
    async fn publish(&self, report: &InstanceReport, actors: &[ActorStatus]) -> Result<(), InstancesError>;

    /// Everybody who was heard of within [`FORGOTTEN_AFTER`](crate::domain::FORGOTTEN_AFTER).
    async fn list(&self) -> Result<Vec<Sighting>, InstancesError>;

    /// The actors of these boots, as they were last shown; none for a boot that is not known.
    async fn actors(&self, of: &[Boot]) -> Result<Vec<Vec<ActorStatus>>, InstancesError>;

    /// Gives an instruction to a boot that is not gone, and waits for the outcome, at most this long.
    async fn send(
        &self,
        to: Boot,
        instruction: Instruction,
        patience: Duration,
    ) -> Result<Outcome, DeliveryError>;

    /// The next instruction for `me`; `None` when none came within `wait`.
    async fn receive(&self, me: Boot, wait: Duration) -> Result<Option<Errand>, InstancesError>;

    /// Tells the sender of an errand what became of it.
    async fn answer(&self, errand: Uuid, outcome: &Outcome) -> Result<(), InstancesError>;
}
