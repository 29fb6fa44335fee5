//! The live picture: what each actor is doing.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use strum::FromRepr;
use utoipa::ToSchema;

use crate::child::Child;
use crate::dynamic::DynamicStatus;
use crate::histogram::Bucket;
use crate::{Exit, LoopStatus, Restart};

/// What an actor is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromRepr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ActorState {
    /// Not there yet: its factory or its `started` is still to run.
    Starting,
    /// Handles messages.
    Running,
    /// Handles no ordinary messages, on command.
    Suspended,
    /// Is on its way out in good order.
    Stopping,
    /// Is waiting to be started again.
    Backoff,
    /// Will not be started again.
    Closed,
}

impl ActorState {
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self::from_repr(bits).unwrap_or(Self::Closed)
    }

    /// Whether there is an incarnation that takes commands.
    pub fn is_alive(self) -> bool {
        !matches!(self, ActorState::Backoff | ActorState::Closed)
    }
}

/// The message an actor handles at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// The message's type.
    pub message: String,
    /// For how long.
    pub for_ms: u64,
}

/// One actor in the live picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActorStatus {
    /// Its place in the tree, `/top/intake/journal`.
    pub path: String,
    /// Its name among its siblings.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Whether it is a supervisor.
    pub supervisor: bool,
    /// What it is doing.
    pub state: ActorState,
    /// What keeps it from its work, in its own words.
    pub condition: Option<String>,
    /// After which exits it is started again.
    pub restart: Restart,
    /// The number of its present incarnation.
    pub epoch: u64,
    /// How long this incarnation has lived; 0 if there is none.
    pub uptime_ms: u64,
    /// How often it was started again.
    pub restarts: u64,
    /// Of a supervisor: restarts left before it fails.
    pub budget_left: Option<u32>,
    /// Of a supervisor: restarts it may spend.
    #[serde(default)]
    pub budget_max: Option<u32>,
    /// Of a supervisor: within how long.
    #[serde(default)]
    pub budget_within_ms: Option<u64>,
    /// How its last incarnation ended.
    pub last_exit: Option<Exit>,
    /// When, in milliseconds since 1970.
    pub last_exit_at: Option<u64>,
    /// Messages that wait.
    pub mailbox_depth: usize,
    /// Ordinary messages that may wait.
    pub mailbox_capacity: usize,
    /// Messages taken up, of all incarnations.
    pub handled: u64,
    /// Messages thrown away because their asker had given up.
    pub cancelled: u64,
    /// Replies promised and not given yet.
    pub in_flight: usize,
    /// The message being handled.
    pub current: Option<Current>,
    /// Its loops.
    #[serde(default)]
    pub loops: Vec<LoopStatus>,
    /// Its children, if they come and go.
    #[serde(default)]
    pub dynamic: Option<DynamicStatus>,
    /// Time between sending and handling.
    pub wait_p50_us: u64,
    /// Time between sending and handling.
    pub wait_p99_us: u64,
    /// All such times together.
    pub wait_sum_us: u64,
    /// The buckets that are not empty.
    pub wait_buckets: Vec<Bucket>,
    /// Time from taking a message up to its reply.
    pub handle_p50_us: u64,
    /// Time from taking a message up to its reply.
    pub handle_p99_us: u64,
    /// All such times together.
    pub handle_sum_us: u64,
    /// The buckets that are not empty.
    pub handle_buckets: Vec<Bucket>,
    /// The arbiter (thread) it lives on.
    pub arbiter: usize,
}

impl ActorStatus {
    pub(crate) fn of(child: &(impl Child + ?Sized)) -> Self {
        let vitals = child.vitals();
        let state = vitals.state();
        let (now, handle) = (Instant::now(), vitals.handling.all());
        let record = vitals.record();
        let started = record.started.filter(|_| state.is_alive());
        let in_flight = record.residence.as_ref().map_or(0, |residence| residence.replies());
        let loops = record.loops.iter().map(|pace| pace.status(vitals.epoch(), state.is_alive())).collect();
        let (condition, last_exit, last_exit_at) =
            (record.condition.clone(), record.last_exit.clone(), record.last_exit_at);
        drop(record);
        let current = child
            .current()
            .map(|(message, time)| Current { message: short_name(message), for_ms: time.as_millis() as u64 });
        ActorStatus {
            path: vitals.path().to_owned(),
            name: vitals.name.clone(),
            kind: vitals.kind.clone(),
            supervisor: vitals.keeping.is_some(),
            state,
            condition,
            restart: vitals.policy.restart,
            epoch: vitals.epoch(),
            uptime_ms: started.map_or(0, |at| now.duration_since(at).as_millis() as u64),
            restarts: vitals.restarts.load(Relaxed),
            budget_left: vitals.keeping.as_ref().map(|keeping| keeping.left(now)),
            budget_max: vitals.keeping.as_ref().map(|keeping| keeping.budget.max_restarts),
            budget_within_ms: vitals.keeping.as_ref().map(|keeping| keeping.budget.within.as_millis() as u64),
            last_exit,
            last_exit_at,
            mailbox_depth: child.depth(),
            mailbox_capacity: vitals.policy.capacity,
            handled: vitals.handled.load(Relaxed),
            cancelled: vitals.cancelled.load(Relaxed),
            in_flight,
            current,
            loops,
            dynamic: vitals.dynamic.as_ref().map(|(counts, _)| counts.status()),
            wait_p50_us: vitals.wait.quantile(0.5),
            wait_p99_us: vitals.wait.quantile(0.99),
            wait_sum_us: vitals.wait.sum_us(),
            wait_buckets: vitals.wait.buckets(),
            handle_p50_us: handle.quantile(0.5),
            handle_p99_us: handle.quantile(0.99),
            handle_sum_us: handle.sum_us(),
            handle_buckets: handle.buckets(),
            arbiter: vitals.policy.arbiter,
        }
    }
}

/// A type's name without the modules it lies in: `Sorter<Parcel>`.
pub(crate) fn short_name(full: &str) -> String {
    let mut short = String::new();
    for part in full.split_inclusive(['<', '>', ',', '(', ')', ' ']) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_modules_even_inside_generics() {
        assert_eq!(
            short_name("tropa::a::Sorter<tropa::b::Parcel, alloc::string::String>"),
            "Sorter<Parcel, String>"
        );
        assert_eq!(short_name("Plain"), "Plain");
    }

    #[test]
    fn every_state_survives_its_bits() {
        for bits in 0..6 {
            assert_eq!(ActorState::from_bits(bits) as u8, bits);
        }
    }
}
