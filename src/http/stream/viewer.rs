//! One who looks: a connection that is told what the pictures tell, at most twice a second. Nothing is queued here: who is
//! slow falls behind in what the pictures keep, and begins with a snapshot again.

use std::{convert::Infallible, sync::Arc};

use actix_web::web::Bytes;
use futures_util::{Stream, future::join_all, stream::unfold};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::{
    select,
    sync::watch,
    time::{Duration, Instant, Interval, timeout},
};

use super::{
    audience::{Audience, Cursor},
    event::{Events, Id},
    pictures::{Key, joined},
    topic::Topic,
    topics::orders,
};
use crate::http::{edge::Edge, limits::Share};

/// The first chunk is waited for this long; what is not known by then follows.
const FIRST: Duration = Duration::from_secs(1);
/// What a browser waits before it comes back.
const RETRY: &str = "retry: 1000\n";

/// One stream's state.
pub(super) struct Viewer {
    edge: Arc<Edge>,
    views: Vec<View>,
    stopping: watch::Receiver<bool>,
    ticks: Interval,
    heartbeat: Duration,
    says_at: Instant,
    opened: Instant,
    first: Option<Bytes>,
    _slot: Share,
}

/// One topic, as far as it was told here.
struct View {
    topic: Topic,
    audience: Arc<Audience>,
    cursor: Cursor,
}

/// A `clock` event.
#[derive(Serialize)]
struct ClockView {
    /// What time it is by the server's clock.
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
    /// Topics that cannot be read just now.
    stale: Vec<StaleView>,
}

/// A topic that cannot be read: what was told of it last is that old.
#[derive(Serialize)]
struct StaleView {
    topic: &'static str,
    for_ms: u64,
}

impl Viewer {
    /// Looks at each topic, and knows what the first chunk says.
    pub async fn open(
        edge: Arc<Edge>,
        keys: Vec<Key>,
        last: Option<&str>,
        heartbeat: Option<Duration>,
        slot: Share,
    ) -> Self {
        let view =
            |key: Key| View { topic: key.0, audience: edge.pictures.of(&edge, key), cursor: Cursor::Nowhere };
        let mut views: Vec<View> = keys.into_iter().map(view).collect();
        let mut chunks = vec![Bytes::from_static(RETRY.as_bytes())];
        if let Some(orders) = views.iter_mut().find(|view| view.topic == Topic::Orders) {
            orders.catch_up(&edge, last, &mut chunks).await;
        }
        let first = join_all(views.iter_mut().map(|view| async {
            let mut chunks = Vec::new();
            let _ = timeout(FIRST, view.audience.snapshot(&mut view.cursor, &mut chunks)).await;
            chunks
        }));
        chunks.extend(first.await.into_iter().flatten());
        if chunks.len() == 1 {
            chunks.push(Bytes::from_static(b"\n"));
        }
        let heartbeat = heartbeat.unwrap_or(edge.options.limits.heartbeat);
        Self {
            stopping: edge.stopping.clone(),
            ticks: edge.pictures.chunks(),
            views,
            heartbeat,
            says_at: Instant::now() + heartbeat,
            opened: Instant::now(),
            first: joined(chunks),
            edge,
            _slot: slot,
        }
    }

    /// The chunks.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut viewer| async move { viewer.next().await.map(|chunk| (Ok(chunk), viewer)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            select! {
                biased;
                // The sender gone means the same as the word.
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                _ = self.ticks.tick() => {}
            }
            let mut chunks = Vec::new();
            for view in &mut self.views {
                // Who looked for it is gone: whoever comes back has somebody else look.
                if !view.audience.news(&mut view.cursor, &mut chunks) {
                    return None;
                }
            }
            if Instant::now() >= self.says_at {
                self.says_at = Instant::now() + self.heartbeat;
                chunks.push(self.clock());
            }
            if let Some(chunk) = joined(chunks) {
                return Some(chunk);
            }
        }
    }

    fn clock(&self) -> Bytes {
        let stale = self.views.iter().filter_map(|view| {
            let for_ms = view.audience.stale_for(self.opened)?.as_millis() as u64;
            Some(StaleView { topic: view.topic.name(), for_ms })
        });
        let clock = ClockView { now: self.edge.handles.clock.now(), stale: stale.collect() };
        let mut events = Events::default();
        events.push("clock", None, &clock);
        events.take()
    }
}

impl View {
    /// Tells what a returning client missed of the orders, if that is still kept.
    async fn catch_up(&mut self, edge: &Edge, last: Option<&str>, chunks: &mut Vec<Bytes>) {
        let Some(id) = last.and_then(Id::parse).filter(|id| id.boot == edge.boot) else { return };
        let (sequence, standing) = self.audience.resume(&mut self.cursor);
        let Some(missed) = edge.handles.feed.since(id.sequence) else {
            self.cursor = Cursor::Nowhere;
            return;
        };
        // What came later is told to all.
        let missed: Vec<_> = missed.into_iter().filter(|step| step.sequence <= sequence).collect();
        let mut events = Events::default();
        orders::tell(edge, &missed, &mut events).await;
        chunks.extend([events.take(), standing].into_iter().filter(|chunk| !chunk.is_empty()));
    }
}
