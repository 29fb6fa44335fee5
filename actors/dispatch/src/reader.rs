//! The `Reader` actor: everything that only looks.
//!
//! Owns the read side of the stores. Receives queries from the HTTP edge and answers them side by side; its mailbox bounds
//! how many. Holds a minute of counts for the overview and what was seen last of the whole and of the stores, nothing else.
//! When it dies, its askers ask again.

mod gauging;
mod message;
mod outbox;
mod rates;
mod readiness;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use time::OffsetDateTime;
use tropa_supervision::{Answering, Context, Ref};

pub use message::{
    DeadLetterGroups, GetDeadLetter, GetMessage, GetOrder, GetOrderByNumber, GetOrders, GetOverview,
    GetPipeline, ListAudit, ListDeadLetters, ListMessages, ListOrders, OutboxState, OutboxTopics, Overview,
    ReadError, ReadSilence, ReadTimeline, Readiness,
};
pub(crate) use rates::Rates;
use readiness::LastLook;

use crate::breaker::BreakerBoard;
use crate::domain::{AuditEntry, DeadLetter, DeadLetterGroup, Order, OrderEvent, OrderId};
use crate::feed::Feed;
use crate::kit::{EDGE, Kit, mailbox};
use crate::pipeline::{Depths, Pipeline, Sources, Trend};
use crate::port::{
    Audit, Backlog, Broker, Census, DeadLetterFilter, DeadLetters, DriverIndex, DriverStore, OrderPage,
    OrderStore, Outbox, StoreError, TopicBacklog,
};
use crate::recorder::{Recorder, Surveyor};
use crate::settings::Settings;

/// An overview is read anew after this.
const OVERVIEW_AGE: Duration = Duration::from_secs(1);

/// What the reader reads.
#[derive(Clone)]
pub struct ReaderPorts {
    /// Orders.
    pub store: Arc<dyn OrderStore>,
    /// The backlog.
    pub outbox: Arc<dyn Outbox>,
    /// Dead letters.
    pub letters: Arc<dyn DeadLetters>,
    /// Drivers who are silent.
    pub drivers: Arc<dyn DriverStore>,
    /// What people did.
    pub audit: Arc<dyn Audit>,
    /// Held drivers.
    pub index: Arc<dyn DriverIndex>,
    /// Limits.
    pub settings: Arc<Settings>,
    /// Steps, for rates.
    pub feed: Feed,
    /// What waits in the queues.
    pub broker: Arc<dyn Broker>,
    /// How breakers stand.
    pub breakers: BreakerBoard,
    /// What was done with the newest orders.
    recorder: Recorder,
    /// What the stages count.
    sources: Sources,
    /// What they counted lately.
    trend: Trend,
}

/// Answers queries.
pub struct Reader {
    ports: ReaderPorts,
    started: Instant,
    rates: Rates,
    overview: Option<(Instant, Overview)>,
    pipeline: Option<(Instant, Pipeline)>,
    topics: Option<(Instant, Vec<TopicBacklog>)>,
    readiness: LastLook,
}

type Answer<T> = Answering<Result<T, ReadError>>;

impl Reader {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        let started = Instant::now();
        kit.place("reader", mailbox(1_024).arbiter(EDGE), move |kit| Self {
            ports: ReaderPorts {
                store: kit.ports.orders.clone(),
                outbox: kit.ports.outbox.clone(),
                letters: kit.ports.letters.clone(),
                drivers: kit.ports.drivers.clone(),
                audit: kit.ports.audit.clone(),
                index: kit.ports.index.clone(),
                settings: kit.settings.clone(),
                feed: kit.feed.clone(),
                broker: kit.ports.broker.clone(),
                breakers: kit.breakers.clone(),
                recorder: kit.recorder.clone(),
                sources: Sources {
                    metrics: kit.metrics.clone(),
                    feed: kit.feed.clone(),
                    system: kit.system.clone(),
                },
                trend: kit.trend.clone(),
            },
            started,
            rates: Rates::default(),
            overview: None,
            pipeline: None,
            topics: None,
            readiness: LastLook::default(),
        })
    }

    /// The overview with these figures; kept for whoever asks next.
    fn looked(&mut self, (orders, backlog, dead_letters, drivers_claimed): Figures) -> Overview {
        let (accepted_per_second, dispatched_per_second) = self.rates.per_second();
        let uptime = self.started.elapsed();
        let overview = Overview {
            orders,
            backlog,
            dead_letters,
            drivers_claimed,
            accepted_per_second,
            dispatched_per_second,
            uptime,
        };
        self.overview = Some((Instant::now(), overview.clone()));
        overview
    }

    fn sample(&mut self) {
        self.rates.sample(&self.ports.feed);
        self.ports.trend.sample(&self.ports.sources);
    }
}

impl Actor for Reader {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.sample();
        ctx.run_interval(Duration::from_secs(1), |reader, _| reader.sample());
        let surveyor = Surveyor { recorder: self.ports.recorder.clone(), index: self.ports.index.clone() };
        ctx.task("survey", |pulse| surveyor.run(pulse));
    }
}

impl Handler<GetOrder> for Reader {
    type Result = Answer<Order>;

    fn handle(&mut self, GetOrder(id): GetOrder, _: &mut Context<Self>) -> Self::Result {
        let store = self.ports.store.clone();
        Answering::by(async move { store.load(vec![id]).await?.pop().flatten().ok_or(ReadError::NotFound) })
    }
}

impl Handler<GetOrders> for Reader {
    type Result = Answer<Vec<Option<Order>>>;

    fn handle(&mut self, GetOrders(ids): GetOrders, _: &mut Context<Self>) -> Self::Result {
        let store = self.ports.store.clone();
        Answering::by(async move { Ok(store.load(ids).await?) })
    }
}

impl Handler<GetOrderByNumber> for Reader {
    type Result = Answer<Order>;

    fn handle(&mut self, GetOrderByNumber(number): GetOrderByNumber, _: &mut Context<Self>) -> Self::Result {
        let store = self.ports.store.clone();
        Answering::by(async move { store.load_by_number(number).await?.ok_or(ReadError::NotFound) })
    }
}

impl Handler<ListOrders> for Reader {
    type Result = Answer<OrderPage>;

    fn handle(&mut self, ListOrders(query): ListOrders, _: &mut Context<Self>) -> Self::Result {
        let store = self.ports.store.clone();
        Answering::by(async move { Ok(store.list(query).await?) })
    }
}

impl Handler<ReadSilence> for Reader {
    type Result = Answer<Vec<(OrderId, OffsetDateTime)>>;

    fn handle(&mut self, ReadSilence(orders): ReadSilence, _: &mut Context<Self>) -> Self::Result {
        let (drivers, max_age) = (self.ports.drivers.clone(), self.ports.settings.driver_max_age);
        Answering::by(async move { Ok(drivers.silent(orders, max_age).await?) })
    }
}

impl Handler<ReadTimeline> for Reader {
    type Result = Answer<Vec<OrderEvent>>;

    fn handle(&mut self, ReadTimeline(id): ReadTimeline, _: &mut Context<Self>) -> Self::Result {
        let store = self.ports.store.clone();
        Answering::by(async move {
            let events = store.timeline(id).await?;
            if events.is_empty() { Err(ReadError::NotFound) } else { Ok(events) }
        })
    }
}

impl Handler<ListDeadLetters> for Reader {
    type Result = Answer<Vec<DeadLetter>>;

    fn handle(&mut self, ListDeadLetters(filter): ListDeadLetters, _: &mut Context<Self>) -> Self::Result {
        let letters = self.ports.letters.clone();
        Answering::by(async move { Ok(letters.list(filter).await?) })
    }
}

impl Handler<GetDeadLetter> for Reader {
    type Result = Answer<DeadLetter>;

    fn handle(&mut self, GetDeadLetter(id): GetDeadLetter, _: &mut Context<Self>) -> Self::Result {
        let letters = self.ports.letters.clone();
        let filter = DeadLetterFilter { ids: Some(vec![id]), limit: 1, ..DeadLetterFilter::default() };
        Answering::by(async move { letters.list(filter).await?.pop().ok_or(ReadError::NotFound) })
    }
}

impl Handler<DeadLetterGroups> for Reader {
    type Result = Answer<Vec<DeadLetterGroup>>;

    fn handle(&mut self, _: DeadLetterGroups, _: &mut Context<Self>) -> Self::Result {
        let letters = self.ports.letters.clone();
        Answering::by(async move { Ok(letters.groups().await?) })
    }
}

impl Handler<ListAudit> for Reader {
    type Result = Answer<Vec<AuditEntry>>;

    fn handle(&mut self, ListAudit(filter): ListAudit, _: &mut Context<Self>) -> Self::Result {
        let audit = self.ports.audit.clone();
        Answering::by(async move { Ok(audit.entries(filter).await?) })
    }
}

impl Handler<Readiness> for Reader {
    type Result = Answer<()>;

    fn handle(&mut self, _: Readiness, _: &mut Context<Self>) -> Self::Result {
        let look = self.readiness.or_new(&self.ports);
        Answering::by(look)
    }
}

/// Orders by state, the backlog, parked letters, held drivers.
type Figures = (Census, Backlog, u64, u64);

async fn look(ports: ReaderPorts) -> Result<Figures, StoreError> {
    let orders = ports.store.census().await?;
    let backlog = ports.outbox.backlog().await?;
    let parked = ports.letters.parked().await?;
    // An index that does not answer is seen at the breaker; the rest of the picture stands.
    let claimed = ports.index.claimed().await.unwrap_or_default();
    Ok((orders, backlog, parked, claimed))
}

impl Handler<GetOverview> for Reader {
    type Result = ResponseActFuture<Self, Result<Overview, ReadError>>;

    fn handle(&mut self, _: GetOverview, _: &mut Context<Self>) -> Self::Result {
        if let Some((read, overview)) = &self.overview
            && read.elapsed() < OVERVIEW_AGE
        {
            return Box::pin(fut::ready(Ok(overview.clone())));
        }
        let looking = look(self.ports.clone()).into_actor(self);
        Box::pin(looking.map(|looked, reader, _| Ok(reader.looked(looked?))))
    }
}
