//! Actors: the tree of an instance, or of all, then each actor that changed.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Serialize;
use tokio::{
    sync::broadcast::{Receiver, error::TryRecvError},
    time::Duration,
};
use tropa_supervision::LifecycleEvent;

use crate::http::{
    actors::{
        self, ALL,
        view::{ActorView, Essence},
    },
    edge::Edge,
    problem::Answer,
    stream::{HALF_A_SECOND, event::Events, picture::Picture},
};

/// Other instances show theirs every two seconds.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// A `snapshot` event: every actor.
#[derive(Serialize)]
struct Snapshot {
    topic: &'static str,
    actors: Vec<ActorView>,
}

/// An `actor` event: an actor that changed.
#[derive(Serialize)]
struct ActorChanged {
    /// What happened to it; `null` when only its numbers moved.
    event: Option<LifecycleEvent>,
    /// The actor now.
    actor: ActorView,
}

/// The actors of an instance.
pub struct Actors {
    /// `None`: of the one that answers.
    of: Option<String>,
    /// What happens here; what happens elsewhere is seen by its traces.
    lifecycle: Receiver<LifecycleEvent>,
    /// What was told, by instance and path.
    told: HashMap<(String, String), Essence>,
}

impl Actors {
    /// Of an instance, of [`ALL`], or of the one that answers.
    pub fn new(edge: &Edge, of: Option<String>) -> Self {
        Self { of, lifecycle: edge.handles.system.events(), told: HashMap::new() }
    }

    async fn views(&self, edge: &Edge) -> Answer<Vec<ActorView>> {
        match self.of.as_deref() {
            None => Ok(actors::own(edge)),
            Some(ALL) => actors::trees(edge, None).await,
            Some(instance) => actors::trees(edge, Some(instance.to_owned())).await,
        }
    }

    /// What happened to actors here, each with how it stands now.
    fn happened(&mut self, edge: &Edge, news: &mut Events) {
        loop {
            let event = match self.lifecycle.try_recv() {
                Ok(event) => event,
                // What was missed is seen by its traces.
                Err(TryRecvError::Lagged(_)) => continue,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            };
            if self.of.as_deref().is_some_and(|of| of != ALL) {
                continue;
            }
            if let Some(status) = edge.handles.system.status(&event.path) {
                let actor = ActorView::of(status, &edge.handles.identity.id);
                self.told.insert(actor.place(), actor.essence());
                news.push("actor", None, &ActorChanged { event: Some(event), actor });
            }
        }
    }
}

#[async_trait(?Send)]
impl Picture for Actors {
    fn every(&self) -> Duration {
        if self.of.is_none() { HALF_A_SECOND } else { ELSEWHERE }
    }

    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        let views = self.views(edge).await?;
        self.happened(edge, news);
        let essences: HashMap<_, _> = views.iter().map(|view| (view.place(), view.essence())).collect();
        let told = std::mem::replace(&mut self.told, essences);
        // One that is gone has no event of its own: the list is told anew.
        if told.keys().any(|place| !self.told.contains_key(place)) {
            news.push("snapshot", None, &Snapshot { topic: "actors", actors: views });
            return Ok(());
        }
        for actor in views {
            let place = actor.place();
            if told.get(&place) != self.told.get(&place) {
                news.push("actor", None, &ActorChanged { event: None, actor });
            }
        }
        Ok(())
    }

    async fn whole(&mut self, edge: &Edge, events: &mut Events) -> Answer<()> {
        let actors = self.views(edge).await?;
        events.push("snapshot", None, &Snapshot { topic: "actors", actors });
        Ok(())
    }
}
