//! A process of Tropa, as it shows itself to the others.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::name::UnknownName;
use crate::names;

/// An instance that was not heard of for longer is stale.
pub const STALE_AFTER: Duration = Duration::from_secs(5);

/// An instance that was not heard of for longer is gone, and gets no commands any more.
pub const GONE_AFTER: Duration = Duration::from_secs(10);

/// An instance that was not heard of for longer is no longer listed.
pub const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// One start of a process. A name comes back with the next start, a boot never does: what is meant for this one cannot
/// reach its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Boot(pub Uuid);

impl Boot {
    /// A new one.
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl std::fmt::Display for Boot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who a process is. Does not change while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name.
    pub id: String,
    /// Which of its starts.
    pub boot: Boot,
    /// `standalone` or `distributed`.
    pub mode: String,
    /// What it runs: `intake`, `relay`, `worker`, `fleet`.
    pub roles: Vec<String>,
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// Where its API can be reached, if it was told.
    #[serde(default)]
    pub advertise_url: Option<String>,
}

impl Identity {
    /// This process, under a name; it has just started.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            boot: Boot::fresh(),
            mode: "standalone".to_owned(),
            roles: ["intake", "relay", "worker", "fleet"].map(str::to_owned).to_vec(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: OffsetDateTime::now_utc(),
            advertise_url: None,
        }
    }
}

/// How far an instance is with its work.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
#[schema(as = InstancePhase)]
pub enum Phase {
    /// It takes work.
    Running,
    /// It takes no new work and finishes what it has.
    Draining,
    /// It holds nothing any more, and waits to be resumed or stopped.
    Drained,
    /// It is on its way out.
    Stopping,
    /// It left in good order.
    Stopped,
}

names!(Phase);

/// What an instance has in its hands, and would have to be taken over if it died now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Leases on events.
    pub leases: u64,
    /// Claimed outbox rows whose publish is not settled.
    pub outbox_claims: u64,
    /// Deliveries that are not settled.
    pub deliveries: u64,
    /// Order aggregates in memory; a cache, nothing is lost with it.
    pub aggregates: u64,
}

/// What an instance gets done, in the last full minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Orders accepted a second.
    pub accepted_per_second: f64,
    /// Orders dispatched a second.
    pub dispatched_per_second: f64,
}

/// Where one of its breakers stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerReport {
    /// Its name.
    pub name: String,
    /// `closed`, `open`, `half_open`.
    pub state: String,
}

/// How the clock of its machine stands to the one it goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReport {
    /// Whether it has heard that one at all.
    pub set: bool,
    /// How far the machine's is ahead, in milliseconds.
    pub skew_ms: i64,
    /// How often the one it goes by has jumped.
    pub jumps: u64,
}

/// What an instance shows of itself to the others, every two seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceReport {
    /// Who it is.
    #[serde(flatten)]
    pub identity: Identity,
    /// How far it is.
    pub phase: Phase,
    /// What it has in its hands.
    #[serde(default)]
    pub holds: Holdings,
    /// What it gets done.
    #[serde(default)]
    pub rates: Throughput,
    /// Where its breakers stand.
    #[serde(default)]
    pub breakers: Vec<BreakerReport>,
    /// How its clock stands; an older version does not say.
    #[serde(default)]
    pub clock: Option<ClockReport>,
}

/// What can be said of an instance.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
#[schema(as = InstanceState)]
pub enum Presence {
    /// Heard of within [`STALE_AFTER`].
    Live,
    /// Not heard of for a while.
    Stale,
    /// Not heard of for so long that somebody else has its work by now, or will have.
    Gone,
    /// It said that it leaves.
    Stopped,
    /// Nobody can be heard of at the moment.
    Unknown,
}

names!(Presence);

impl Presence {
    /// Of an instance that was last heard of so long ago, in this phase.
    pub fn of(phase: Phase, silent_for: Duration) -> Self {
        match silent_for {
            _ if phase == Phase::Stopped => Self::Stopped,
            silent if silent > GONE_AFTER => Self::Gone,
            silent if silent > STALE_AFTER => Self::Stale,
            _ => Self::Live,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_makes_stale_then_gone_and_a_farewell_stays() {
        let of = |seconds| Presence::of(Phase::Running, Duration::from_secs(seconds));
        assert_eq!(
            [of(0), of(5), of(6), of(10), of(11)].map(Presence::as_str),
            ["live", "live", "stale", "stale", "gone"]
        );
        assert_eq!(Presence::of(Phase::Stopped, Duration::from_mins(1)), Presence::Stopped);
    }

    #[test]
    fn a_report_of_an_older_version_is_read() {
        let identity = Identity::new("a");
        let mut json = serde_json::to_value(&identity).unwrap();
        json["phase"] = "running".into();
        json["something_newer"] = 1.into();
        let read: InstanceReport = serde_json::from_value(json).unwrap();
        assert_eq!((read.identity, read.holds), (identity, Holdings::default()));
    }
}
