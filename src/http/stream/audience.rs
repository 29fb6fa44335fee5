//! Who looks at one picture, and what it has told them: each chunk is made once for all.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::web::Bytes;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Changes that are kept for who is late: half a second each. Who is later begins with a snapshot again.
const KEPT: usize = 8;
/// And so many bytes of them, but for the newest.
const KEPT_BYTES: usize = 4 << 20;
/// A snapshot of this age is given to nobody any more.
const FRESH: Duration = Duration::from_secs(1);

/// Who looks at one picture, and what it has told them.
pub struct Audience {
    told: Mutex<Told>,
    /// Somebody wants to know how it stands.
    pub wanted: Arc<Notify>,
    /// Counts what was told.
    changed: watch::Sender<u64>,
    every: Duration,
}

#[derive(Default)]
struct Told {
    /// How many changes were told.
    number: u64,
    /// Up to which step of the feed.
    sequence: u64,
    changes: VecDeque<Bytes>,
    snapshot: Option<(u64, Instant, Bytes)>,
    /// What is told to who comes back.
    standing: Bytes,
    wants: bool,
    /// When it could be looked at last.
    seen: Option<Instant>,
    /// Nobody looks any more, and never will.
    over: bool,
}

/// How far one who looks is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// They have seen nothing yet, or have missed too much.
    #[default]
    Nowhere,
    /// They know everything up to this change.
    At(u64),
}

impl Audience {
    /// Nothing was told yet; it is looked at that often.
    pub fn new(every: Duration, sequence: u64) -> Self {
        let told = Told { sequence, ..Told::default() };
        Self { told: Mutex::new(told), wanted: Arc::default(), changed: watch::Sender::new(0), every }
    }

    /// A look went well: this has changed, and this stands.
    pub fn tell(&self, changes: Bytes, standing: Bytes, sequence: u64) {
        let mut told = self.told();
        told.seen = Some(Instant::now());
        told.sequence = sequence;
        told.standing = standing;
        if !changes.is_empty() {
            told.number += 1;
            told.changes.push_back(changes);
        }
        while told.changes.len() > KEPT || told.changes.len() > 1 && told.bytes() > KEPT_BYTES {
            told.changes.pop_front();
        }
        // It may be large, and nobody would be given it.
        told.snapshot.take_if(|(_, at, _)| at.elapsed() > FRESH);
    }

    /// Whether somebody waits to know how it stands.
    pub fn wants(&self) -> bool {
        self.told().wants
    }

    /// This is how it stands after what was told.
    pub fn stand(&self, snapshot: Bytes) {
        let mut told = self.told();
        told.wants = false;
        told.snapshot = Some((told.number, Instant::now(), snapshot));
        drop(told);
        self.changed.send_modify(|number| *number += 1);
    }

    /// Whoever looks must look elsewhere.
    pub fn end(&self) {
        self.told().over = true;
        self.changed.send_modify(|number| *number += 1);
    }

    pub fn is_over(&self) -> bool {
        self.told().over
    }

    /// What is news for one who is that far, who is as far as it goes then. `false`: it is over.
    pub fn news(&self, cursor: &mut Cursor, into: &mut Vec<Bytes>) -> bool {
        let mut told = self.told();
        if let Cursor::At(number) = *cursor {
            if told.has_after(number) {
                into.extend(told.after(number));
                *cursor = Cursor::At(told.number);
                return !told.over;
            }
            *cursor = Cursor::Nowhere;
        }
        let fresh =
            told.snapshot.as_ref().filter(|(number, at, _)| at.elapsed() <= FRESH && told.has_after(*number));
        if let Some((number, snapshot)) = fresh.map(|(number, _, snapshot)| (*number, snapshot.clone())) {
            into.push(snapshot);
            into.extend(told.after(number));
            *cursor = Cursor::At(told.number);
        } else {
            told.wants = true;
            self.wanted.notify_one();
        }
        !told.over
    }

    /// For who comes back and needs no snapshot: up to which step everybody was told, and what stands besides.
    pub fn resume(&self, cursor: &mut Cursor) -> (u64, Bytes) {
        let told = self.told();
        *cursor = Cursor::At(told.number);
        (told.sequence, told.standing.clone())
    }

    /// Waits for the first snapshot, or for the next one. `false`: it is over.
    pub async fn snapshot(&self, cursor: &mut Cursor, into: &mut Vec<Bytes>) -> bool {
        let mut changed = self.changed.subscribe();
        loop {
            if !self.news(cursor, into) {
                return false;
            }
            if *cursor != Cursor::Nowhere || changed.changed().await.is_err() {
                return true;
            }
        }
    }

    /// For how long it could not be looked at, if that is longer than it should be; `since` whoever asks has waited.
    pub fn stale_for(&self, since: Instant) -> Option<Duration> {
        let stale_for = self.told().seen.unwrap_or(since).elapsed();
        (stale_for > 3 * self.every + FRESH).then_some(stale_for)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // Nothing under it is half done when something panics.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn bytes(&self) -> usize {
        self.changes.iter().map(Bytes::len).sum()
    }

    /// Whether every change after this one is kept.
    fn has_after(&self, number: u64) -> bool {
        self.number - number <= self.changes.len() as u64
    }

    fn after(&self, number: u64) -> impl Iterator<Item = Bytes> {
        let missed = (self.number - number) as usize;
        self.changes.range(self.changes.len() - missed..).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(audience: &Audience, text: &'static str) {
        audience.tell(Bytes::from_static(text.as_bytes()), Bytes::new(), 0);
    }

    fn news(audience: &Audience, cursor: &mut Cursor) -> Vec<Bytes> {
        let mut chunks = Vec::new();
        assert!(audience.news(cursor, &mut chunks));
        chunks
    }

    #[test]
    fn who_comes_gets_the_picture_and_then_what_changes() {
        let audience = Audience::new(Duration::from_millis(500), 0);
        let (mut early, mut late) = (Cursor::Nowhere, Cursor::Nowhere);
        told(&audience, "1");
        assert!(news(&audience, &mut early).is_empty() && audience.wants(), "nobody knows how it stands");
        audience.stand("whole".into());
        assert!(!audience.wants());
        assert_eq!(news(&audience, &mut early), ["whole"]);
        told(&audience, "2");
        told(&audience, "");
        assert_eq!(news(&audience, &mut late), ["whole", "2"], "one snapshot is for all");
        assert_eq!(news(&audience, &mut early), ["2"]);
        assert!(news(&audience, &mut early).is_empty());
    }

    #[test]
    fn who_is_too_late_begins_again() {
        let audience = Audience::new(Duration::from_millis(500), 0);
        let mut cursor = Cursor::Nowhere;
        audience.stand("whole".into());
        news(&audience, &mut cursor);
        (0..KEPT).for_each(|_| told(&audience, "x"));
        assert_eq!(news(&audience, &mut cursor).len(), KEPT);
        (0..=KEPT).for_each(|_| told(&audience, "x"));
        assert!(news(&audience, &mut cursor).is_empty() && audience.wants());
        audience.stand("again".into());
        assert_eq!(news(&audience, &mut cursor), ["again"]);
    }

    #[test]
    fn what_is_large_is_not_kept_for_long() {
        let audience = Audience::new(Duration::from_millis(500), 0);
        let large = Bytes::from(vec![b'x'; KEPT_BYTES]);
        (0..3).for_each(|_| audience.tell(large.clone(), Bytes::new(), 0));
        assert_eq!(audience.told().changes.len(), 1);
    }

    #[test]
    fn who_comes_back_is_told_what_stands() {
        let audience = Audience::new(Duration::from_millis(500), 7);
        audience.tell("1".into(), "silent".into(), 9);
        let mut cursor = Cursor::Nowhere;
        assert_eq!(audience.resume(&mut cursor), (9, Bytes::from("silent")));
        assert!(news(&audience, &mut cursor).is_empty());
        audience.end();
        assert!(!audience.news(&mut cursor, &mut Vec::new()));
    }
}
