//! Messages that could not be processed, kept where people see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{EventId, Fingerprint, OrderId, name::UnknownName};
use crate::names;

/// What became of a dead letter.
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
pub enum DeadLetterState {
    /// Waits for a person.
    Parked,
    /// Was sent again.
    Replayed,
    /// Was given up, with a reason.
    Discarded,
}

names!(DeadLetterState);

/// A message that could not be processed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its own id.
    pub id: Uuid,
    /// The message's id: a second parking of the same message updates the first.
    pub event_id: EventId,
    /// The routing key, as it came.
    pub topic: String,
    /// The order it is about, when that could be read.
    pub order_id: Option<OrderId>,
    /// What went wrong, last.
    pub error: String,
    /// Groups failures of one kind: [`Fingerprint::of_error`].
    pub fingerprint: Fingerprint,
    /// The message's body, as it came.
    pub payload: String,
    /// The message's headers.
    pub headers: BTreeMap<String, String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed first.
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen: OffsetDateTime,
    /// When it failed last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
    /// What became of it.
    pub state: DeadLetterState,
    /// Why it was discarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discard_reason: Option<String>,
}

/// Dead letters of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetterGroup {
    /// What they share.
    pub fingerprint: Fingerprint,
    /// One of their errors.
    pub error: String,
    /// The routing key of the newest.
    pub topic: String,
    /// How many.
    pub count: u64,
    /// The oldest failure.
    #[serde(with = "time::serde::rfc3339")]
    pub first_seen: OffsetDateTime,
    /// The newest failure.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
    /// How many were seen last in each of the last [`DeadLetterGroup::MINUTES`] minutes, the oldest minute first, this one
    /// last. Of the newest 100,000 parked letters, of all kinds.
    pub per_minute: Vec<u64>,
}

impl DeadLetterGroup {
    /// Minutes that are counted one by one.
    pub const MINUTES: i64 = 30;

    /// None in any minute.
    pub fn no_minutes() -> Vec<u64> {
        vec![0; Self::MINUTES as usize]
    }

    /// Counts so many of one of these groups into the minute that was so many minutes ago.
    pub fn count_minute(groups: &mut [Self], fingerprint: &str, ago: i64, count: u64) {
        let group = groups.iter_mut().find(|group| group.fingerprint.as_str() == fingerprint);
        // What another clock has written may be from ahead.
        let at = usize::try_from(Self::MINUTES - 1 - ago.max(0)).ok();
        if let Some(minute) = group.zip(at).and_then(|(group, at)| group.per_minute.get_mut(at)) {
            *minute += count;
        }
    }
}
