//! What instances remember of an order's way, and tell each other.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{DriverId, EventId, name::UnknownName};
use crate::names;

/// A stretch of an order's way.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
#[schema(as = LaneStage)]
pub enum LaneStage {
    /// Intake had it, and it waited for its commit.
    Accepted,
    /// It was committed.
    Committed,
    /// One of its messages was on its way to the broker, until that confirmed it.
    Published,
    /// A consumer had a message of it in hand.
    Consumed,
    /// The guard was asked whether the message is to be worked on.
    Leased,
    /// A driver was searched.
    Searched,
    /// A driver was held for it.
    Claimed,
    /// What was decided was committed.
    Decided,
    /// The broker was told that the message is done with.
    Acked,
}

names!(LaneStage);

/// One stretch, as an instance remembers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Which stretch.
    pub stage: LaneStage,
    /// Who did it; of what the database alone knows, nobody.
    pub instance: Option<String>,
    /// Which try, from 1.
    pub attempt: u32,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// What came of it.
    pub detail: Option<String>,
}

/// A message that had been answered, and was not answered again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The message.
    pub event_id: EventId,
    /// Where it came.
    pub instance: String,
    /// How it was known.
    pub why: String,
}

/// A driver whom a search could have found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub driver_id: DriverId,
    /// Their name.
    pub name: String,
    /// Metres to the pickup.
    pub distance_m: f64,
    /// Whether the order got them.
    pub chosen: bool,
    /// Why, or why not.
    pub why: String,
}

/// The last search for an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchSeen {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Within how many metres; the smallest circle that holds who was found.
    pub radius_m: f64,
    /// Nearest first.
    pub candidates: Vec<Candidate>,
}

/// What an instance remembers of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLanes {
    /// It knows of all that it did since then.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Of this order it did so much that it has forgotten the beginning.
    pub cut: bool,
    /// What it did, in that order.
    pub lanes: Vec<Lane>,
    /// What it did not do again.
    pub duplicates: Vec<Suppressed>,
    /// The last search it made, if it looked who else was there.
    pub search: Option<SearchSeen>,
}

/// A change of a breaker, as instances tell each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerStep {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Where it stood: `closed`, `open`, `half_open`.
    pub from: String,
    /// Where it stands since.
    pub to: String,
    /// What made it.
    pub why: String,
}

/// A breaker, as instances tell each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerTale {
    /// Its name.
    pub name: String,
    /// `closed`, `open`, `half_open`.
    pub state: String,
    /// Grows with every change of state.
    pub generation: u64,
    /// Calls in the rolling window.
    pub calls: u32,
    /// Of these, failed.
    pub failed: u32,
    /// Of these, slow.
    pub slow: u32,
    /// Calls in flight.
    pub in_flight: u32,
    /// When a probe may pass, while it is open.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_probe_at: Option<OffsetDateTime>,
    /// How it came to that, newest first.
    pub history: Vec<BreakerStep>,
}
