//! The running processes.

use std::mem;

use async_trait::async_trait;
use serde::Serialize;

use crate::http::{
    edge::Edge,
    instances::{self, view::InstanceView},
    problem::Answer,
    stream::{event::Events, picture::Picture},
};

/// A `snapshot` event: every instance.
#[derive(Serialize)]
struct Snapshot<'a> {
    topic: &'static str,
    instances: &'a [InstanceView],
}

/// The instances, as they were told.
#[derive(Default)]
pub struct Instances(Vec<InstanceView>);

#[async_trait(?Send)]
impl Picture for Instances {
    /// Tells which instances changed. One that is forgotten has no event of its own: the list is told anew.
    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        let known = mem::replace(&mut self.0, instances::read(edge).await?);
        let has = |list: &[InstanceView], boot| list.iter().any(|instance| instance.boot == boot);
        if known.iter().any(|before| !has(&self.0, before.boot)) {
            return self.whole(edge, news).await;
        }
        for now in &self.0 {
            if !known.iter().any(|before| before.boot == now.boot && now.repeats(before)) {
                news.push("instance", None, now);
            }
        }
        Ok(())
    }

    async fn whole(&mut self, _: &Edge, events: &mut Events) -> Answer<()> {
        events.push("snapshot", None, &Snapshot { topic: "instances", instances: &self.0 });
        Ok(())
    }
}
