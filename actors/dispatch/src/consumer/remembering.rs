//! What consumers have the recorder remember.

use std::time::Instant;

use super::Worker;
use super::delivery::End;
use crate::domain::{LaneStage, OrderId, Topic};
use crate::recorder::Note;

impl Worker {
    /// A delivery was taken, carried and settled.
    pub(super) fn record(
        &self,
        order: &OrderId,
        topic: Topic,
        attempt: u32,
        end: End,
        (taken, carried): (Instant, Instant),
    ) {
        let consumed = Note {
            stage: LaneStage::Consumed,
            attempt,
            began: taken,
            ended: carried,
            detail: Some(topic.as_str().into()),
        };
        let acked = Note {
            stage: LaneStage::Acked,
            attempt,
            began: carried,
            ended: Instant::now(),
            detail: Some(end.as_str().into()),
        };
        self.recorder.note(order, [consumed, acked]);
    }
}
