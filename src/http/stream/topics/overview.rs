//! The whole at a glance.

use async_trait::async_trait;
use serde::Serialize;
use tokio::time::Duration;

use crate::http::{
    edge::Edge,
    overview::{self, OverviewView},
    problem::Answer,
    stream::{event::Events, picture::Picture},
};

/// A `snapshot` event.
#[derive(Serialize)]
struct Snapshot<'a> {
    topic: &'static str,
    overview: &'a OverviewView,
}

/// The whole, as it was told.
#[derive(Default)]
pub struct Overview(Option<OverviewView>);

#[async_trait(?Send)]
impl Picture for Overview {
    /// The reader keeps one for as long.
    fn every(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        let overview = overview::read(edge).await?;
        if !self.0.as_ref().is_some_and(|before| overview.repeats(before)) {
            news.push("overview", None, &overview);
            self.0 = Some(overview);
        }
        Ok(())
    }

    async fn whole(&mut self, _: &Edge, events: &mut Events) -> Answer<()> {
        if let Some(overview) = &self.0 {
            events.push("snapshot", None, &Snapshot { topic: "overview", overview });
        }
        Ok(())
    }
}
