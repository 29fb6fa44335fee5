//! What this instance did with the newest orders, in memory: each stretch of an order's way, with its times.
//!
//! Shared by all who do something, and older than any of them. It costs a lock that is hardly ever contended and a line in a
//! list for each stretch, about six an order; and it is bounded, in orders and in lines. Nothing depends on it.

mod record;
mod survey;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use time::OffsetDateTime;

use record::Record;
pub(crate) use survey::{Surveyor, Wanted};

use crate::domain::{EventId, LaneStage, OrderId, OrderLanes};
use survey::{Queue, Survey};

/// Orders that are remembered, at most.
const ORDERS: usize = 10_000;

/// Locks that share them.
const SHARDS: usize = 16;

/// A stretch of an order's way.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Which.
    pub stage: LaneStage,
    /// Which try; 0: the next.
    pub attempt: u32,
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
    /// What came of it.
    pub detail: Option<Cow<'static, str>>,
}

/// What this instance did. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begun: Instant,
    shards: [Mutex<Shard>; SHARDS],
    queue: Queue,
}

#[derive(Debug, Default)]
struct Shard {
    records: HashMap<OrderId, Record>,
    /// In the order in which they were begun.
    begun: VecDeque<OrderId>,
    /// When the last one that is forgotten was begun.
    forgotten: Option<Instant>,
}

impl Default for Recorder {
    fn default() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self(Arc::new(Inner { begun: Instant::now(), shards, queue: Queue::default() }))
    }
}

impl Shard {
    fn of(&mut self, order: &OrderId) -> &mut Record {
        if !self.records.contains_key(order) {
            if self.begun.len() >= ORDERS / SHARDS
                && let Some(oldest) = self.begun.pop_front()
            {
                self.forgotten = self.records.remove(&oldest).map(|record| record.begun).or(self.forgotten);
            }
            self.begun.push_back(order.clone());
        }
        self.records.entry(order.clone()).or_default()
    }
}

impl Recorder {
    /// Remembers a stretch, or some that followed each other.
    pub(crate) fn note(&self, order: &OrderId, notes: impl IntoIterator<Item = Note>) {
        let mut shard = self.shard(order);
        let record = shard.of(order);
        notes.into_iter().for_each(|note| record.add(note));
    }

    /// Remembers that a message was not answered again.
    pub(crate) fn suppressed(&self, order: &OrderId, event: EventId, why: &'static str) {
        self.shard(order).of(order).suppressed(event, why);
    }

    /// Who else could have been found, for the last search that was made for the order.
    fn saw(&self, order: &OrderId, survey: Survey) {
        self.shard(order).of(order).search = Some(survey);
    }

    /// Has somebody look who else could have been found, unless there were too many searches lately.
    pub(crate) fn want(&self, wanted: impl FnOnce() -> Wanted) {
        self.0.queue.want(wanted);
    }

    /// What is remembered of an order, as `instance` tells it at this moment, on both clocks.
    pub(crate) fn lanes(
        &self,
        order: &OrderId,
        instance: &str,
        (instant, now): (Instant, OffsetDateTime),
    ) -> OrderLanes {
        let when = |at: Instant| now - instant.saturating_duration_since(at);
        let shard = self.shard(order);
        let since = when(shard.forgotten.unwrap_or(self.0.begun));
        match shard.records.get(order) {
            Some(record) => record.told(instance, since, when),
            None => OrderLanes { since, cut: false, lanes: Vec::new(), duplicates: Vec::new(), search: None },
        }
    }

    fn shard(&self, order: &OrderId) -> MutexGuard<'_, Shard> {
        let mut hasher = DefaultHasher::new();
        order.hash(&mut hasher);
        let shard = &self.0.shards[hasher.finish() as usize % SHARDS];
        // A panic under the lock leaves a line less.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id(text: &str) -> OrderId {
        text.parse().unwrap()
    }

    fn note(stage: LaneStage, attempt: u32) -> Note {
        let now = Instant::now();
        Note { stage, attempt, began: now, ended: now + Duration::from_millis(5), detail: Some("x".into()) }
    }

    fn told(recorder: &Recorder, order: &str) -> OrderLanes {
        recorder.lanes(&id(order), "a", (Instant::now(), OffsetDateTime::now_utc()))
    }

    #[test]
    fn what_was_done_is_told_in_its_order_and_numbered() {
        let recorder = Recorder::default();
        let [a, searched] = [LaneStage::Accepted, LaneStage::Searched];
        recorder.note(
            &id("o"),
            [note(a, 1), note(searched, 0), note(searched, 0), note(LaneStage::Published, 7)],
        );
        recorder.suppressed(&id("o"), EventId::fresh(), "why");
        let lanes = told(&recorder, "o");
        let steps: Vec<_> = lanes.lanes.iter().map(|lane| (lane.stage, lane.attempt)).collect();
        assert_eq!(steps, [(a, 1), (searched, 1), (searched, 2), (LaneStage::Published, 7)]);
        assert_eq!(lanes.lanes[0].instance.as_deref(), Some("a"));
        assert!(lanes.lanes[0].ended_at.unwrap() > lanes.lanes[0].started_at);
        assert_eq!((lanes.duplicates.len(), lanes.cut), (1, false));
        assert!(told(&recorder, "p").lanes.is_empty());
    }

    #[test]
    fn it_is_bounded_in_orders_and_in_lines_and_says_so() {
        let recorder = Recorder::default();
        let begun = told(&recorder, "o").since;
        for _ in 0..1_000 {
            recorder.note(&id("o"), [note(LaneStage::Searched, 0)]);
        }
        let lanes = told(&recorder, "o");
        assert!(lanes.cut && lanes.lanes.len() <= 64, "{}", lanes.lanes.len());
        assert_eq!(lanes.lanes.last().unwrap().attempt, 1_000, "the newest are kept");
        for n in 0..2 * ORDERS {
            recorder.note(&id(&format!("n-{n}")), [note(LaneStage::Accepted, 1)]);
        }
        let kept = recorder.0.shards.iter().map(|shard| shard.lock().unwrap().records.len()).sum::<usize>();
        assert!(kept <= ORDERS, "{kept}");
        assert!(told(&recorder, "o").lanes.is_empty(), "the oldest go");
        assert!(told(&recorder, "o").since > begun, "and that is known");
    }
}
