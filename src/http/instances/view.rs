//! An instance as callers see it.

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{
        Boot, BreakerReport, ClockReport, Holdings, Identity, InstanceReport, Phase, Presence, Throughput,
    },
    upkeep::Member,
};
use utoipa::ToSchema;

/// A process of Tropa.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Instance)]
pub(in crate::http) struct InstanceView {
    /// Its name.
    pub id: String,
    /// Which of its starts.
    #[schema(value_type = String, format = Uuid)]
    pub boot: Boot,
    /// What can be said of it.
    state: Presence,
    /// When it was last heard of.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_seen: OffsetDateTime,
    /// How far it said it was with its work.
    phase: Phase,
    /// Whether it is the one that answers.
    here: bool,
    /// `standalone` or `distributed`.
    #[schema(example = "standalone")]
    mode: String,
    /// What it runs.
    roles: Vec<String>,
    /// Its version.
    version: String,
    /// Its process id.
    pid: u32,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: OffsetDateTime,
    /// Where its API can be reached, if it was told.
    advertise_url: Option<String>,
    /// What it has in its hands.
    holds: HoldingsView,
    /// What it gets done, in the last full minute.
    rates: ThroughputView,
    /// Where its breakers stand.
    breakers: Vec<BreakerReportView>,
    /// How its clock stands; an older version does not say.
    clock: Option<ClockView>,
}

/// How the clock of an instance's machine stands to the one all instances go by: the database's, or, standalone, the one the
/// process began with.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = InstanceClock)]
struct ClockView {
    /// Whether it has heard that one at all; until then it takes no orders.
    set: bool,
    /// By how many milliseconds the machine's clock is ahead; below zero, behind. Nothing is decided by it.
    #[schema(example = -3_600_000)]
    skew_ms: i64,
    /// How often the one it goes by has jumped, as this process saw.
    jumps: u64,
}

/// What an instance has in its hands.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = InstanceHoldings)]
struct HoldingsView {
    /// Leases on events.
    leases: u64,
    /// Claimed outbox rows whose publish is not settled.
    outbox_claims: u64,
    /// Deliveries that are not settled.
    deliveries: u64,
    /// Order aggregates in memory; a cache, nothing is lost with it.
    aggregates: u64,
}

/// What an instance gets done.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = InstanceRates)]
struct ThroughputView {
    /// Orders accepted a second.
    accepted_per_second: f64,
    /// Orders dispatched a second.
    dispatched_per_second: f64,
}

/// Where one of an instance's breakers stands.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = InstanceBreaker)]
struct BreakerReportView {
    /// Its name.
    #[schema(example = "fleet")]
    name: String,
    /// `closed`, `open`, `half_open`.
    #[schema(example = "closed")]
    state: String,
}

impl InstanceView {
    /// As the instance of this boot sees it now.
    pub fn new(member: Member, me: Boot, now: OffsetDateTime) -> Self {
        let Member { report, presence, silent_for } = member;
        let InstanceReport { identity, phase, holds, rates, breakers, clock } = report;
        let Identity { id, boot, mode, roles, version, pid, started_at, advertise_url } = identity;
        let Holdings { leases, outbox_claims, deliveries, aggregates } = holds;
        let Throughput { accepted_per_second, dispatched_per_second } = rates;
        let breaker = |BreakerReport { name, state }| BreakerReportView { name, state };
        let clock = clock.map(|ClockReport { set, skew_ms, jumps }| ClockView { set, skew_ms, jumps });
        Self {
            id,
            boot,
            state: presence,
            last_seen: now - silent_for,
            phase,
            here: boot == me,
            mode,
            roles,
            version,
            pid,
            started_at,
            advertise_url,
            holds: HoldingsView { leases, outbox_claims, deliveries, aggregates },
            rates: ThroughputView { accepted_per_second, dispatched_per_second },
            breakers: breakers.into_iter().map(breaker).collect(),
            clock,
        }
    }

    /// Whether it says nothing new: everything but when it was last heard of is the same.
    pub fn repeats(&self, before: &Self) -> bool {
        Self { last_seen: before.last_seen, ..self.clone() } == *before
    }
}
