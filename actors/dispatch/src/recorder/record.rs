//! What is remembered of one order.

use std::time::Instant;

use time::OffsetDateTime;

use super::Note;
use super::survey::Survey;
use crate::domain::{EventId, Lane, LaneStage, OrderLanes, Suppressed};

/// Lines of one order, at most; what waits for hours goes round and round.
const LINES: usize = 64;

/// Of most orders there are so many.
const USUAL: usize = 10;

/// One order.
#[derive(Debug)]
pub(super) struct Record {
    pub begun: Instant,
    notes: Vec<Note>,
    duplicates: Vec<(Instant, EventId, &'static str)>,
    pub search: Option<Survey>,
    /// How often each stage was tried.
    tried: [u32; LaneStage::ALL.len()],
    /// Older lines are gone.
    cut: bool,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            notes: Vec::with_capacity(USUAL),
            duplicates: Vec::new(),
            search: None,
            tried: [0; LaneStage::ALL.len()],
            cut: false,
        }
    }
}

impl Record {
    pub fn add(&mut self, mut note: Note) {
        let tried = &mut self.tried[note.stage as usize];
        *tried = tried.saturating_add(1);
        if note.attempt == 0 {
            note.attempt = *tried;
        }
        if self.notes.len() == LINES {
            self.notes.drain(..LINES / 2);
            self.cut = true;
        }
        self.notes.push(note);
    }

    pub fn suppressed(&mut self, event: EventId, why: &'static str) {
        if self.duplicates.len() < LINES {
            self.duplicates.push((Instant::now(), event, why));
        } else {
            self.cut = true;
        }
    }

    /// As `instance` tells it, which remembers everything since.
    pub fn told(
        &self,
        instance: &str,
        since: OffsetDateTime,
        when: impl Fn(Instant) -> OffsetDateTime,
    ) -> OrderLanes {
        let lane = |note: &Note| Lane {
            stage: note.stage,
            instance: Some(instance.to_owned()),
            attempt: note.attempt,
            started_at: when(note.began),
            ended_at: Some(when(note.ended)),
            detail: note.detail.as_deref().map(str::to_owned),
        };
        let suppressed = |(at, event_id, why): &(Instant, EventId, &'static str)| Suppressed {
            at: when(*at),
            event_id: *event_id,
            instance: instance.to_owned(),
            why: (*why).to_owned(),
        };
        OrderLanes {
            since,
            cut: self.cut,
            lanes: self.notes.iter().map(lane).collect(),
            duplicates: self.duplicates.iter().map(suppressed).collect(),
            search: self.search.as_ref().map(|survey| survey.told(when)),
        }
    }
}
