//! The pictures that somebody looks at, each of them once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use actix_web::{rt, web::Bytes};
use prometheus::{IntCounterVec, Opts, Registry};
use tokio::{
    select,
    time::{Duration, Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{HALF_A_SECOND, audience::Audience, event::Events, picture::Picture, topic::Topic};
use crate::http::edge::Edge;

/// Who looks is told a little after it was looked: then each has what is newest.
const AFTERWARDS: Duration = Duration::from_millis(50);
/// A picture takes so much of the time at most: one that takes long is looked at less often.
const SHARE: u32 = 5;

/// A picture, and of which instance.
pub(super) type Key = (Topic, Option<String>);

/// The pictures that somebody looks at. What nobody looks at is not there.
pub(in crate::http) struct Pictures {
    begun: Instant,
    looks: IntCounterVec,
    shown: Mutex<HashMap<Key, Weak<Audience>>>,
}

impl Pictures {
    /// Registers what is counted. Fails when it is there already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let looks = Opts::new("tropa_stream_looks_total", "Looks at what live streams show, for all of them");
        let looks = IntCounterVec::new(looks, &["topic"])?;
        registry.register(Box::new(looks.clone()))?;
        Ok(Self { begun: Instant::now(), looks, shown: Mutex::default() })
    }

    /// What is told of a topic; from now on it is looked at, if it was not.
    pub(super) fn of(&self, edge: &Arc<Edge>, key: Key) -> Arc<Audience> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|_, audience| audience.strong_count() > 0);
        let there = shown.get(&key).and_then(Weak::upgrade).filter(|audience| !audience.is_over());
        there.unwrap_or_else(|| {
            let (topic, instance) = key.clone();
            let picture = topic.picture(edge, instance);
            let audience = Arc::new(Audience::new(picture.every(), picture.sequence()));
            shown.insert(key, Arc::downgrade(&audience));
            rt::spawn(Ending(Arc::downgrade(&audience)).look(edge.clone(), topic, picture));
            audience
        })
    }

    /// Ticks with which chunks go out.
    pub(super) fn chunks(&self) -> Interval {
        self.ticks(HALF_A_SECOND, AFTERWARDS)
    }

    /// Ticks that all tick together.
    fn ticks(&self, every: Duration, afterwards: Duration) -> Interval {
        let passed = self.begun.elapsed().as_nanos() / every.as_nanos();
        let next = self.begun + every * u32::try_from(passed + 1).unwrap_or(u32::MAX) + afterwards;
        let mut ticks = interval_at(next, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    }
}

/// Sees that nobody waits for a picture that is not looked at any more, whatever the reason.
struct Ending(Weak<Audience>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(audience) = self.0.upgrade() {
            audience.end();
        }
    }
}

impl Ending {
    /// Looks as long as somebody else does.
    async fn look(self, edge: Arc<Edge>, topic: Topic, mut picture: Box<dyn Picture>) {
        let Some(wanted) = self.0.upgrade().map(|audience| audience.wanted.clone()) else { return };
        let mut ticks = edge.pictures.ticks(picture.every(), Duration::ZERO);
        let looks = edge.pictures.looks.with_label_values(&[topic.name()]);
        let (mut seen, mut due, mut rested) = (false, true, Instant::now());
        while let Some(audience) = self.0.upgrade() {
            if due || !seen {
                let begun = Instant::now();
                looks.inc();
                let mut news = Events::default();
                seen = picture.look(&edge, &mut news).await.is_ok();
                if seen {
                    let mut standing = Events::default();
                    picture.standing(&mut standing);
                    audience.tell(news.take(), standing.take(), picture.sequence());
                }
                rested = Instant::now() + begun.elapsed() * (SHARE - 1);
            }
            if seen && audience.wants() {
                let mut whole = Events::default();
                if picture.whole(&edge, &mut whole).await.is_ok() {
                    audience.stand(whole.take());
                }
            }
            drop(audience);
            due = select! {
                _ = ticks.tick() => Instant::now() >= rested,
                () = wanted.notified(), if seen => false,
            };
        }
    }
}

/// One chunk of several.
pub fn joined(mut chunks: Vec<Bytes>) -> Option<Bytes> {
    match chunks.len() {
        0 => None,
        1 => chunks.pop(),
        _ => Some(chunks.concat().into()),
    }
}
