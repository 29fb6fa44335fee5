//! The pipeline at a glance: what each stage gets done, how long it takes, and whether what is promised is kept.
//!
//! Counters and histograms are there anyhow; `Trend` remembers what they said every five seconds. So a look costs what it
//! reads, and nobody who looks costs a reading every five seconds.

mod latencies;
mod look;
mod objective;
mod reading;
mod trend;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use crate::domain::UnknownName;

pub(crate) use look::{Depths, look};
pub use objective::Objective;
pub(crate) use reading::Sources;
pub(crate) use trend::Trend;

/// A stage of the pipeline, in the order in which an order passes them.
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
#[schema(as = PipelineStageName)]
pub enum StageName {
    /// Accepts orders.
    Intake,
    /// Keeps their messages until they are confirmed.
    Outbox,
    /// Carries them.
    Broker,
    /// Take them.
    Consumers,
    /// Lets each event through once.
    Guard,
    /// Stands before the fleet service.
    Breaker,
    /// Finds drivers.
    Fleet,
    /// Go out.
    Orders,
}

tropa_contract::names!(StageName);

/// How a stage is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
#[schema(as = PipelineStageState)]
pub enum StageState {
    /// It does what it is there for.
    Ok,
    /// Something keeps it from a part of its work.
    Degraded,
    /// Nothing passes.
    Down,
}

tropa_contract::names!(StageState);

/// One stage, as one instance sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Which.
    pub name: StageName,
    /// How it is.
    pub state: StageState,
    /// What keeps it from its work, or that it does not run here.
    pub note: Option<String>,
    /// What it gets done a second, in the last ten seconds.
    pub per_second: f64,
    /// How long it takes, in the last minute: half takes at most this.
    pub p50: Option<Duration>,
    /// 99 of 100 take at most this.
    pub p99: Option<Duration>,
    /// What waits for it, or is in its hands.
    pub depth: Option<u64>,
    /// How much of that there may be.
    pub capacity: Option<u64>,
    /// The age of the oldest.
    pub oldest: Option<Duration>,
    /// What it got done a second, in each five seconds of the last five minutes, oldest first.
    pub series: Vec<f64>,
}

/// The pipeline at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Every stage, in the order in which an order passes them.
    pub stages: Vec<Stage>,
    /// What is promised, and whether it is kept.
    pub objectives: Vec<Objective>,
    /// Supervisors that fail at the next exit of a child.
    pub exhausted: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_have_the_same_names() {
        for stage in StageName::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
            assert_eq!(stage.as_str().parse(), Ok(stage));
        }
        for state in StageState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }
}
