//! An actor as callers see it.

use serde::Serialize;
use time::OffsetDateTime;
use tropa_supervision::{ActorState, ActorStatus, Current, DynamicStatus, Exit, LoopStatus, Restart};
use utoipa::ToSchema;

/// One actor.
#[derive(Serialize, ToSchema)]
#[schema(as = Actor)]
pub(in crate::http) struct ActorView {
    /// The instance it is in.
    instance: String,
    /// Its place in the tree.
    #[schema(example = "/tropa/intake")]
    pub path: String,
    /// Its name among its siblings.
    name: String,
    /// Its type.
    kind: String,
    /// Whether it is a supervisor.
    supervisor: bool,
    /// What it is doing.
    state: ActorState,
    /// What keeps it from its work, in its own words.
    condition: Option<String>,
    /// After which exits it is started again: `permanent`, `transient`, `temporary`.
    #[schema(value_type = String, example = "permanent")]
    restart: Restart,
    /// The number of its present incarnation.
    epoch: u64,
    /// How long this incarnation has lived.
    uptime_ms: u64,
    /// How often it was started again.
    restarts: u64,
    /// Of a supervisor: restarts left before it fails.
    budget_left: Option<u32>,
    /// Of a supervisor: restarts it may spend.
    budget_max: Option<u32>,
    /// Of a supervisor: within how long.
    budget_within_ms: Option<u64>,
    /// How its last incarnation ended.
    last_exit: Option<ExitView>,
    /// When.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_exit_at: Option<OffsetDateTime>,
    /// Messages that wait.
    mailbox_depth: usize,
    /// Ordinary messages that may wait.
    mailbox_capacity: usize,
    /// Messages taken up, of all incarnations.
    handled: u64,
    /// Messages thrown away because their asker had given up.
    cancelled: u64,
    /// Replies promised and not given yet.
    in_flight: usize,
    /// The message being handled.
    current: Option<CurrentView>,
    /// Its loops: what it does beside its mailbox.
    loops: Vec<LoopView>,
    /// Its children that come and go, if it has such: how many, not which.
    dynamic: Option<DynamicView>,
    /// Time between sending and handling, median.
    wait_p50_us: u64,
    /// Time between sending and handling, 99th percentile.
    wait_p99_us: u64,
    /// Time to the reply, median.
    handle_p50_us: u64,
    /// Time to the reply, 99th percentile.
    handle_p99_us: u64,
    /// The arbiter (thread) it lives on.
    arbiter: usize,
}

/// How an incarnation ended.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorExit)]
pub(in crate::http) struct ExitView {
    /// `normal`, `shutdown`, `killed`, `error`, `panic`, `hung`, `escalated`.
    #[schema(example = "panic")]
    pub kind: &'static str,
    /// The error's or the panic's text.
    pub detail: Option<String>,
}

/// The message an actor handles.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorCurrent)]
struct CurrentView {
    /// The message's type.
    message: String,
    /// For how long.
    for_ms: u64,
}

/// A loop. One that stays too long in a step that is no wait for work is hung, and its actor is replaced.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorLoop)]
struct LoopView {
    /// Its name; of an actor that is nothing but a loop, the actor's.
    #[schema(example = "relay")]
    name: String,
    /// Rounds made, of all incarnations: batches, deliveries, whatever it goes round for.
    rounds: u64,
    /// Rounds a second, over the last minute.
    per_second: f64,
    /// What it does or waits for; null between two incarnations.
    #[schema(example = "waiting for confirms")]
    doing: Option<String>,
    /// For how long.
    for_ms: u64,
}

/// Children that come and go: started by the first message for them, passivated when idle.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorDynamic)]
struct DynamicView {
    /// How many there are.
    living: usize,
    /// Of these, how many handle something.
    working: usize,
    /// Messages that wait for room for one more.
    parked: usize,
    /// Started, of all incarnations of the actor.
    started: u64,
    /// Passivated.
    passivated: u64,
    /// Ended by a panic.
    panicked: u64,
    /// Given up because they hung.
    hung: u64,
}

/// What of an actor, when different, is worth telling again: not its age.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) struct Essence {
    state: ActorState,
    condition: Option<String>,
    epoch: u64,
    restarts: u64,
    budget_left: Option<u32>,
    mailbox_depth: usize,
    handled: u64,
    doing: Option<String>,
    /// What its loops do.
    looping: Vec<Option<String>>,
}

impl ActorView {
    /// Its instance and its path: what no other actor has.
    pub fn place(&self) -> (String, String) {
        (self.instance.clone(), self.path.clone())
    }

    /// Without what changes by itself.
    pub fn essence(&self) -> Essence {
        Essence {
            state: self.state,
            condition: self.condition.clone(),
            epoch: self.epoch,
            restarts: self.restarts,
            budget_left: self.budget_left,
            mailbox_depth: self.mailbox_depth,
            handled: self.handled,
            doing: self.current.as_ref().map(|c| c.message.clone()),
            looping: self.loops.iter().map(|each| each.doing.clone()).collect(),
        }
    }
}

impl ActorView {
    /// Of an actor of this instance.
    pub fn of(status: ActorStatus, instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            path: status.path,
            name: status.name,
            kind: status.kind,
            supervisor: status.supervisor,
            state: status.state,
            condition: status.condition,
            restart: status.restart,
            epoch: status.epoch,
            uptime_ms: status.uptime_ms,
            restarts: status.restarts,
            budget_left: status.budget_left,
            budget_max: status.budget_max,
            budget_within_ms: status.budget_within_ms,
            last_exit: status.last_exit.map(Into::into),
            last_exit_at: status.last_exit_at.and_then(moment),
            mailbox_depth: status.mailbox_depth,
            mailbox_capacity: status.mailbox_capacity,
            handled: status.handled,
            cancelled: status.cancelled,
            in_flight: status.in_flight,
            current: status.current.map(|Current { message, for_ms }| CurrentView { message, for_ms }),
            loops: status.loops.into_iter().map(Into::into).collect(),
            dynamic: status.dynamic.map(Into::into),
            wait_p50_us: status.wait_p50_us,
            wait_p99_us: status.wait_p99_us,
            handle_p50_us: status.handle_p50_us,
            handle_p99_us: status.handle_p99_us,
            arbiter: status.arbiter,
        }
    }
}

impl From<LoopStatus> for LoopView {
    fn from(LoopStatus { name, rounds, per_second, doing, for_ms }: LoopStatus) -> Self {
        Self { name, rounds, per_second, doing, for_ms }
    }
}

impl From<DynamicStatus> for DynamicView {
    fn from(status: DynamicStatus) -> Self {
        let DynamicStatus { living, working, parked, started, passivated, panicked, hung } = status;
        Self { living, working, parked, started, passivated, panicked, hung }
    }
}

impl From<Exit> for ExitView {
    fn from(exit: Exit) -> Self {
        let kind = exit.reason();
        let detail = match exit {
            Exit::Normal | Exit::Shutdown | Exit::Killed => None,
            Exit::Error(text) | Exit::Panic(text) | Exit::Hung(text) | Exit::Escalated(text) => Some(text),
        };
        Self { kind, detail }
    }
}

pub(super) fn moment(unix_ms: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ms) * 1_000_000).ok()
}
