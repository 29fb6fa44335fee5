//! What an actor was like, as callers see it.

use serde::Serialize;
use time::OffsetDateTime;
use tropa_supervision::{ActorHistory, MessageStatus, PastExit, Sample};
use utoipa::ToSchema;

use super::view::{ExitView, moment};

/// The last quarter of an hour of an actor.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorHistory)]
pub(in crate::http) struct HistoryView {
    /// The time between two looks.
    #[schema(example = 5000)]
    step_ms: u64,
    /// The looks, oldest first.
    #[schema(max_items = 180)]
    samples: Vec<SampleView>,
    /// How its incarnations ended, newest first.
    #[schema(max_items = 50)]
    exits: Vec<PastExitView>,
    /// Its messages by type, of all incarnations.
    messages: Vec<MessageView>,
}

/// One look at an actor.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorSample)]
struct SampleView {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// Messages that waited.
    depth: u32,
    /// Messages taken up a second, since the look before.
    handled_per_second: f32,
    /// Time between sending and handling, 99th percentile; null when none was taken up since.
    wait_p99_us: Option<u32>,
    /// Time to the reply, 99th percentile; null when none was replied to since.
    handle_p99_us: Option<u32>,
    /// How often it had been started again.
    restarts: u32,
}

/// The end of one incarnation.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorPastExit)]
struct PastExitView {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// Which incarnation.
    epoch: u64,
    /// `normal`, `shutdown`, `killed`, `error`, `panic`, `hung`, `escalated`.
    #[schema(example = "panic")]
    kind: &'static str,
    /// The error's or the panic's text, its beginning at least.
    detail: Option<String>,
}

/// Messages of one type.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorMessages)]
struct MessageView {
    /// The type; `others` for those beyond the first fifteen.
    #[schema(example = "Commit")]
    message: String,
    /// How many.
    handled: u64,
    /// Time to the reply, median.
    p50_us: u64,
    /// Time to the reply, 99th percentile.
    p99_us: u64,
}

impl From<ActorHistory> for HistoryView {
    fn from(ActorHistory { step_ms, samples, exits, messages }: ActorHistory) -> Self {
        Self {
            step_ms,
            samples: samples.into_iter().map(Into::into).collect(),
            exits: exits.into_iter().map(Into::into).collect(),
            messages: messages.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Sample> for SampleView {
    fn from(sample: Sample) -> Self {
        Self {
            at: moment(sample.at).unwrap_or(OffsetDateTime::UNIX_EPOCH),
            depth: sample.depth,
            handled_per_second: sample.handled_per_second,
            wait_p99_us: sample.wait_p99_us,
            handle_p99_us: sample.handle_p99_us,
            restarts: sample.restarts,
        }
    }
}

impl From<PastExit> for PastExitView {
    fn from(PastExit { at, epoch, exit }: PastExit) -> Self {
        let ExitView { kind, detail } = exit.into();
        Self { at: moment(at).unwrap_or(OffsetDateTime::UNIX_EPOCH), epoch, kind, detail }
    }
}

impl From<MessageStatus> for MessageView {
    fn from(MessageStatus { message, handled, p50_us, p99_us }: MessageStatus) -> Self {
        Self { message, handled, p50_us, p99_us }
    }
}
