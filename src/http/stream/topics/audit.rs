//! What people do, as they do it.

use std::collections::VecDeque;

use async_trait::async_trait;
use serde::Serialize;
use tokio::time::Duration;
use tropa_dispatch::port::AuditFilter;

use crate::http::{
    audit::{self, AuditEntryView},
    edge::Edge,
    problem::Answer,
    stream::{event::Events, picture::Picture},
};

/// The database is asked.
const EVERY: Duration = Duration::from_secs(1);
/// Lines of a snapshot, and of one look.
const MOST: u32 = 50;

/// A `snapshot` event: the newest lines, newest first.
#[derive(Serialize)]
struct Snapshot<'a> {
    topic: &'static str,
    entries: &'a VecDeque<AuditEntryView>,
}

/// An `audit` event: one more line.
#[derive(Serialize)]
struct Written<'a> {
    entry: &'a AuditEntryView,
}

/// The newest lines, newest first, as they were told.
#[derive(Default)]
pub struct Audit(VecDeque<AuditEntryView>);

#[async_trait(?Send)]
impl Picture for Audit {
    fn every(&self) -> Duration {
        EVERY
    }

    /// Tells what was written since, oldest first. More than fit into one look, and the list is told anew.
    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        let after = self.0.front().map(|entry| entry.id);
        let read = audit::read(edge, AuditFilter { limit: MOST, after, ..AuditFilter::default() }).await?;
        if read.len() == MOST as usize {
            self.0 = read.into();
            return self.whole(edge, news).await;
        }
        for entry in read.into_iter().rev() {
            news.push("audit", None, &Written { entry: &entry });
            self.0.push_front(entry);
        }
        self.0.truncate(MOST as usize);
        Ok(())
    }

    async fn whole(&mut self, _: &Edge, events: &mut Events) -> Answer<()> {
        events.push("snapshot", None, &Snapshot { topic: "audit", entries: &self.0 });
        Ok(())
    }
}
