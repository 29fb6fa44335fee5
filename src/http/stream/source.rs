//! What feeds one stream. Nothing is queued here: a chunk is made when the connection asks for it, so a slow client
//! falls behind in the feed, which is bounded, and is told so by a fresh snapshot.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use actix_web::web::Bytes;
use futures_util::{Stream, stream::unfold};
use tokio::{
    select,
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::{Duration, Instant, Interval, MissedTickBehavior, interval, sleep_until},
};
use tropa_dispatch::{
    feed::Step,
    port::{OrderQuery, PageStart},
    reader::ListOrders,
};
use tropa_supervision::LifecycleEvent;

use super::{
    Topics,
    event::{Events, Id},
    payload::{ActorChanged, OrderStepped, Snapshot},
    silent::Silent,
};
use crate::http::{
    actors::{
        self,
        view::{ActorView, Essence},
    },
    edge::Edge,
    instances::{self, view::InstanceView},
    limits::Share,
    orders::silence::Silence,
    overview::{self, OverviewView},
    problem::Answer,
};

/// Orders in a snapshot.
const SNAPSHOT: u32 = 50;
/// Steps in one chunk.
const CHUNK: usize = 64;
/// How often what changes all the time is looked at.
const TICK: Duration = Duration::from_secs(1);

/// One stream's state.
pub(super) struct Source {
    edge: Arc<Edge>,
    topics: Topics,
    steps: broadcast::Receiver<Arc<Step>>,
    lifecycle: broadcast::Receiver<LifecycleEvent>,
    stopping: watch::Receiver<bool>,
    tick: Interval,
    quiet_until: Instant,
    actors: HashMap<String, Essence>,
    overview: Option<OverviewView>,
    instances: Vec<InstanceView>,
    silent: Silent,
    events: Events,
    _slot: Share,
}

/// Why a stream wakes up.
enum News {
    Stopping,
    Step(Result<Arc<Step>, RecvError>),
    Actor(Result<LifecycleEvent, RecvError>),
    Tick,
    Silence,
}

impl Source {
    /// Subscribes first and reads then, so that nothing falls between; a step may be told twice.
    pub async fn open(edge: Arc<Edge>, topics: Topics, last: Option<&str>, slot: Share) -> Answer<Self> {
        let (sequence, steps) = edge.handles.feed.listen();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tick.reset();
        let mut source = Self {
            lifecycle: edge.handles.system.events(),
            stopping: edge.stopping.clone(),
            quiet_until: Instant::now() + edge.options.limits.heartbeat,
            actors: HashMap::new(),
            overview: None,
            instances: Vec::new(),
            silent: Silent::default(),
            events: Events::default(),
            edge,
            topics,
            steps,
            tick,
            _slot: slot,
        };
        if topics.orders && !source.catch_up(last, sequence).await {
            source.snapshot_orders(sequence).await?;
        }
        if topics.actors {
            let views: Vec<ActorView> = source.picture();
            source.events.push("snapshot", None, &Snapshot::Actors { actors: views });
        }
        if topics.overview {
            let overview = overview::read(&source.edge).await?;
            source.overview = Some(overview.clone());
            source.events.push("snapshot", None, &Snapshot::Overview { overview });
        }
        if topics.instances {
            source.instances = instances::read(&source.edge).await?;
            let instances = source.instances.clone();
            source.events.push("snapshot", None, &Snapshot::Instances { instances });
        }
        Ok(source)
    }

    /// The chunks.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut source| async move { source.next().await.map(|chunk| (Ok(chunk), source)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(chunk) = self.events.take() {
                self.quiet_until = Instant::now() + self.edge.options.limits.heartbeat;
                return Some(chunk);
            }
            let news = select! {
                biased;
                // The sender gone means the same as the word.
                _ = self.stopping.wait_for(|stopping| *stopping) => News::Stopping,
                step = self.steps.recv(), if self.topics.orders => News::Step(step),
                event = self.lifecycle.recv(), if self.topics.actors => News::Actor(event),
                _ = self.tick.tick() => News::Tick,
                () = sleep_until(self.quiet_until) => News::Silence,
            };
            match news {
                News::Stopping => return None,
                News::Step(step) => self.stepped(step).await?,
                News::Actor(event) => self.changed(event),
                News::Tick => self.look().await,
                News::Silence => self.events.heartbeat(),
            }
        }
    }

    /// Tells what a returning client missed; false when that is not kept any more.
    async fn catch_up(&mut self, last: Option<&str>, sequence: u64) -> bool {
        let Some(id) = last.and_then(Id::parse).filter(|id| id.boot == self.edge.boot) else { return false };
        let Some(missed) = self.edge.handles.feed.since(id.sequence) else { return false };
        // What came after `listen` will be received as well.
        let missed: Vec<_> = missed.into_iter().filter(|step| step.sequence <= sequence).collect();
        self.tell(&missed).await;
        true
    }

    async fn snapshot_orders(&mut self, sequence: u64) -> Answer<()> {
        let query = OrderQuery { limit: SNAPSHOT, start: PageStart::Newest, ..OrderQuery::default() };
        let page = self.edge.ask(&self.edge.handles.reader, ListOrders(query)).await??;
        let silence = Silence::of(&self.edge, &page.orders).await;
        page.orders.iter().for_each(|order| self.silent.told(&self.edge, order, silence.since(order)));
        let orders = page.orders.into_iter().map(|order| silence.view(order)).collect();
        let id = Id { boot: self.edge.boot, sequence };
        self.events.push("snapshot", Some(&id), &Snapshot::Orders { orders });
        Ok(())
    }

    /// Tells steps, with what is known about the drivers by now: who has had the order for less than that is not silent.
    async fn tell(&mut self, steps: &[Arc<Step>]) {
        let since = self.edge.handles.clock.now() - self.edge.handles.settings.driver_max_age;
        let old = steps.iter().map(|step| &step.order).filter(|order| order.updated_at <= since);
        let silence = Silence::ask(&self.edge, old).await.unwrap_or_default();
        for step in steps {
            self.silent.told(&self.edge, &step.order, silence.since(&step.order));
            let id = Id { boot: self.edge.boot, sequence: step.sequence };
            let stepped =
                OrderStepped { event: step.event.as_str(), order: silence.view(step.order.clone()) };
            self.events.push("order", Some(&id), &stepped);
        }
    }

    /// `None` ends the stream: the feed is gone, and so is the process.
    async fn stepped(&mut self, step: Result<Arc<Step>, RecvError>) -> Option<()> {
        match step {
            Ok(step) => {
                let mut steps = vec![step];
                steps.extend((1..CHUNK).map_while(|_| self.steps.try_recv().ok()));
                self.tell(&steps).await;
            }
            Err(RecvError::Lagged(_)) => {
                let (sequence, steps) = self.edge.handles.feed.listen();
                self.steps = steps;
                // A store that does not answer now: the client comes back with the last id it has.
                self.snapshot_orders(sequence).await.ok()?;
            }
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }

    fn changed(&mut self, event: Result<LifecycleEvent, RecvError>) {
        let Ok(event) = event else { return };
        if let Some(status) = self.edge.handles.system.status(&event.path) {
            let view = ActorView::of(status, &self.edge.handles.identity.id);
            self.actors.insert(event.path.clone(), view.essence());
            self.events.push("actor", None, &ActorChanged { event: Some(event), actor: view });
        }
    }

    async fn look(&mut self) {
        if self.topics.orders {
            for news in self.silent.news(&self.edge).await {
                self.events.push("order", None, &news);
            }
        }
        if self.topics.actors {
            for view in self.picture() {
                self.events.push("actor", None, &ActorChanged { event: None, actor: view });
            }
        }
        if self.topics.overview
            && let Ok(overview) = overview::read(&self.edge).await
            && !self.overview.as_ref().is_some_and(|before| overview.repeats(before))
        {
            self.events.push("overview", None, &overview);
            self.overview = Some(overview);
        }
        if self.topics.instances
            && let Ok(instances) = instances::read(&self.edge).await
        {
            self.compare(instances);
        }
    }

    /// Tells which instances changed. One that is forgotten has no event of its own: the list is told anew.
    fn compare(&mut self, instances: Vec<InstanceView>) {
        let known = std::mem::replace(&mut self.instances, instances);
        let has = |list: &[InstanceView], boot| list.iter().any(|instance| instance.boot == boot);
        if known.iter().any(|before| !has(&self.instances, before.boot)) {
            let instances = self.instances.clone();
            return self.events.push("snapshot", None, &Snapshot::Instances { instances });
        }
        for now in &self.instances {
            if !known.iter().any(|before| before.boot == now.boot && now.repeats(before)) {
                self.events.push("instance", None, now);
            }
        }
    }

    /// The actors that differ from what was told last.
    fn picture(&mut self) -> Vec<ActorView> {
        let known = &mut self.actors;
        actors::own(&self.edge)
            .into_iter()
            .filter(|view| {
                let essence = view.essence();
                known.insert(view.path.clone(), essence.clone()).is_none_or(|before| before != essence)
            })
            .collect()
    }
}
