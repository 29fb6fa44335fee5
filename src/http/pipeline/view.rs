//! The pipeline as callers see it.

use std::time::Duration;

use serde::Serialize;
use tropa_dispatch::pipeline::{Objective, Stage, StageName, StageState};
use utoipa::ToSchema;

/// What each stage gets done, whether what is promised is kept, and what needs a person.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Pipeline)]
pub(in crate::http) struct PipelineView {
    /// Every stage, in the order in which an order passes them.
    pub stages: Vec<StageView>,
    /// What is promised.
    pub slo: Vec<ObjectiveView>,
    /// What needs a person now.
    pub attention: Vec<AttentionView>,
}

/// One stage.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = PipelineStage)]
pub(in crate::http) struct StageView {
    /// Which.
    stage: StageName,
    /// How it is.
    state: StageState,
    /// What keeps it from its work, or that this instance does not run it.
    note: Option<String>,
    /// What it gets done a second, in the last ten seconds: orders accepted, messages confirmed, deliveries answered, events
    /// asked about, calls, searches, orders dispatched.
    per_second: f64,
    /// How long that takes, in milliseconds: half of what was done in the last minute took at most this. `null` when nothing
    /// was. Of the outbox: until a message is claimed; of the broker: until it is confirmed, which without RabbitMQ is when it
    /// was answered; of orders: accepted to dispatched.
    p50_ms: Option<f64>,
    /// 99 of 100 took at most this.
    p99_ms: Option<f64>,
    /// What waits for it, or is in its hands.
    depth: Option<u64>,
    /// How much of that there may be.
    capacity: Option<u64>,
    /// The age of the oldest.
    oldest_ms: Option<u64>,
    /// What it got done a second, in each five seconds of the last five minutes, oldest first.
    #[schema(min_items = 60, max_items = 60)]
    series: Vec<f64>,
}

/// A promise, and how it is kept by this instance.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Objective)]
pub(in crate::http) struct ObjectiveView {
    /// `intake_available`: orders are not refused for want of room or of the store; `intake_fast`: they are answered within
    /// 200 ms; `dispatch_fast`: those that go out do so within 5 s; `dispatch_succeeds`: they do not end with a person.
    #[schema(example = "intake_fast")]
    name: &'static str,
    /// What share of all is to go well.
    #[schema(example = 0.95)]
    target: f64,
    /// What share did; `null` when there was nothing.
    attained: Option<f64>,
    /// Of what time: the last hour, or since the process began.
    window_ms: u64,
    /// What share of what may go wrong is left; below zero when more did.
    budget_left: f64,
}

/// What needs a person.
#[derive(Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum AttentionKind {
    /// Dead letters are parked.
    DeadLetters,
    /// Orders wait for a person.
    ManualOrders,
    /// A breaker is not closed.
    OpenBreaker,
    /// An instance is not heard of.
    StaleInstance,
    /// A supervisor fails at the next exit of a child.
    ExhaustedBudget,
    /// Dispatched orders whose driver is not heard of any more.
    SilentDrivers,
}

/// One kind of what needs a person.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Attention)]
pub(in crate::http) struct AttentionView {
    /// What it is.
    kind: AttentionKind,
    /// How many.
    count: u64,
    /// Where the console shows them.
    #[schema(example = "/dead-letters")]
    target: &'static str,
}

impl AttentionView {
    pub fn new(kind: AttentionKind, count: u64) -> Self {
        let target = match kind {
            AttentionKind::DeadLetters => "/dead-letters",
            AttentionKind::ManualOrders => "/orders?status=MANUAL_DISPATCH",
            AttentionKind::OpenBreaker => "/breakers",
            AttentionKind::StaleInstance => "/instances",
            AttentionKind::ExhaustedBudget => "/supervision",
            AttentionKind::SilentDrivers => "/orders?driver_silent=true",
        };
        Self { kind, count, target }
    }
}

/// To a hundredth of a millisecond.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}

impl From<Stage> for StageView {
    fn from(stage: Stage) -> Self {
        Self {
            stage: stage.name,
            state: stage.state,
            note: stage.note,
            per_second: stage.per_second,
            p50_ms: stage.p50.map(millis),
            p99_ms: stage.p99.map(millis),
            depth: stage.depth,
            capacity: stage.capacity,
            oldest_ms: stage.oldest.map(|age| age.as_millis() as u64),
            series: stage.series,
        }
    }
}

impl From<Objective> for ObjectiveView {
    fn from(objective: Objective) -> Self {
        Self {
            name: objective.name,
            target: objective.target,
            attained: objective.attained,
            window_ms: objective.window.as_millis() as u64,
            budget_left: objective.budget_left,
        }
    }
}
