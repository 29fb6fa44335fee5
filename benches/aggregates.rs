//! What an order aggregate costs: a million are started, used once and passivated.
//!
//! The store behind them answers at once from memory, so that the figures are the actors' own. Prints commands per second,
//! the most memory they took per living aggregate, and what is left when all are gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::System;
use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use prometheus::Registry;
use time::OffsetDateTime;
use tokio::sync::watch;
use tropa_dispatch::breaker::{BreakerActor, BreakerBoard};
use tropa_dispatch::domain::{
    Charges, Currency, DriverId, EventId, Money, NewOrder, Order, OrderDetails, OrderEvent, OrderId,
    OrderNumber,
};
use tropa_dispatch::duty::Duty;
use tropa_dispatch::feed::Feed;
use tropa_dispatch::fleet_client::FleetClient;
use tropa_dispatch::journal::Journal;
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::orders::{Command, CommandOrder, Desk, Orders, Searchers, shard};
use tropa_dispatch::port::{
    Applied, Assignment, Census, Claim, Clock, Created, Creation, Fleet, FleetError, OrderPage, OrderQuery,
    OrderStore, PruneBefore, Release, SearchRequest, StoreError, SystemClock, Write,
};
use tropa_dispatch::recorder::Recorder;
use tropa_dispatch::settings::Settings;
use tropa_supervision::{ActorSystem, Budget, Policy, Ref, Root, Strategy, SupervisorSpec};

/// Orders, one command each.
const ORDERS: usize = 1_000_000;

/// Commands under way at once.
const CALLERS: usize = 512;

/// Knows every order, and agrees to every step.
struct Agreeable;

fn order(id: OrderId) -> Order {
    let details = OrderDetails {
        order_number: None,
        customer_id: None,
        currency: Currency::BRL,
        price: Money::ZERO,
        tax: Money::ZERO,
        items: vec![],
        shipping_address: None,
        billing_address: None,
        pickup: None,
        dropoff: None,
        charges: Charges::default(),
    };
    let pickup = Settings::default().default_pickup;
    Order::accept(NewOrder { id: Some(id), details }, pickup, SystemClock.now())
}

#[async_trait]
impl OrderStore for Agreeable {
    async fn create(&self, batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError> {
        Ok(batch.iter().map(|_| Created::Stored).collect())
    }
    async fn apply(&self, batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError> {
        Ok(batch.iter().map(|_| Applied::Done).collect())
    }
    async fn load(&self, ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError> {
        Ok(ids.into_iter().map(|id| Some(order(id))).collect())
    }
    async fn load_by_number(&self, _: OrderNumber) -> Result<Option<Order>, StoreError> {
        Ok(None)
    }
    async fn list(&self, _: OrderQuery) -> Result<OrderPage, StoreError> {
        Ok(OrderPage { orders: vec![], more: false })
    }
    async fn stranded(&self, _: OffsetDateTime, _: u32) -> Result<Vec<OrderId>, StoreError> {
        Ok(vec![])
    }
    async fn timeline(&self, _: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        Ok(vec![])
    }
    async fn census(&self) -> Result<Census, StoreError> {
        Ok(Census::default())
    }
    async fn answered(&self, events: Vec<EventId>) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; events.len()])
    }
    async fn assignments(&self, _: Option<DriverId>, _: u32) -> Result<Vec<Assignment>, StoreError> {
        Ok(vec![])
    }
    async fn assigned(&self, claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; claims.len()])
    }
    async fn prune(&self, _: PruneBefore, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Fleet for Agreeable {
    async fn search(&self, _: SearchRequest) -> Result<Option<Claim>, FleetError> {
        Ok(None)
    }
    async fn release(&self, _: Release) -> Result<bool, FleetError> {
        Ok(true)
    }
}

fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

struct Stand {
    orders: Orders,
    metrics: Arc<Metrics>,
    root: Root,
}

fn stand(system: &ActorSystem, settings: Settings) -> Result<Stand, prometheus::Error> {
    let (settings, store) = (Arc::new(settings), Arc::new(Agreeable));
    let metrics = Arc::new(Metrics::register(&Registry::new())?);
    let journal = {
        let (store, metrics) = (store.clone(), metrics.clone());
        Ref::new("journal", Policy::new(4_096), move |_| Journal::new(store.clone(), metrics.clone(), 1_000))
    };
    let client = {
        let (store, settings, metrics) = (store.clone(), settings.clone(), metrics.clone());
        Ref::new("fleet-client", Policy::new(64), move |_| {
            FleetClient::new(store.clone(), settings.clone(), metrics.clone())
        })
    };
    let breaker = {
        let (client, settings, metrics) = (client.clone(), settings.clone(), metrics.clone());
        let closed = watch::Sender::new(0);
        Ref::new("breaker", Policy::new(64), move |_| {
            let board = BreakerBoard::default();
            BreakerActor::new(client.clone(), &settings, metrics.clone(), closed.clone(), board)
        })
    };
    let desk = Arc::new(Desk {
        store,
        journal: journal.clone(),
        searchers: Some(Searchers { client: client.clone(), breaker: breaker.clone() }),
        clock: Arc::new(SystemClock),
        settings,
        metrics: metrics.clone(),
        feed: Feed::default(),
        duty: Duty::default(),
        recorder: Recorder::default(),
    });
    let shards: Vec<_> =
        (0..2).map(|n| shard(format!("shard-{n}"), Policy::new(1_024), desk.clone())).collect();
    let spec = SupervisorSpec::new(Strategy::OneForOne, Budget::new(1, Duration::from_secs(1)))
        .child(&journal)
        .child(&client)
        .child(&breaker);
    let top = shards.iter().fold(spec, SupervisorSpec::child).into_ref("bench", Policy::new(64));
    Ok(Stand { orders: Orders::new(shards), metrics, root: Root::start(system, top) })
}

async fn measure(system: &ActorSystem, what: &str, settings: Settings) -> anyhow::Result<()> {
    let Stand { orders, metrics, root } = stand(system, settings)?;
    let before = resident_kib();
    let (mut most, mut living) = (before, 0);
    let begun = Instant::now();
    let mut commands = stream::iter(0..ORDERS)
        .map(|n| {
            let orders = orders.clone();
            async move {
                let id = format!("order-{n}").parse()?;
                let command = Command::Cancel { reason: None };
                let request = CommandOrder { id, command, expected_version: None, trace: None };
                anyhow::Ok(orders.command(request, Duration::from_secs(10)).await?)
            }
        })
        .buffer_unordered(CALLERS);
    let mut done = 0_usize;
    while let Some(answer) = commands.next().await {
        answer?;
        done += 1;
        if done.is_multiple_of(50_000) {
            most = most.max(resident_kib());
            living = living.max(metrics.aggregates.get());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    while metrics.aggregates.get() > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "{what}: {:.0} commands/s, {:.1} µs each; at most {living} living, {} B each; \
         all gone after {:.1} s, {} MiB more than before",
        ORDERS as f64 / seconds,
        seconds * 1e6 / ORDERS as f64,
        (most - before) * 1024 / living.max(1),
        begun.elapsed().as_secs_f64(),
        (resident_kib() - before) / 1024,
    );
    root.shutdown();
    root.wait().await;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let runtime = Arc::new(runtime);
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async move {
        let system = ActorSystem::new(2, runtime);
        let second = Duration::from_secs(1);
        let bounded = Settings { aggregate_idle: second, ..Settings::default() };
        measure(&system, "1,000,000 orders, at most 5,000 per shard", bounded).await?;
        let unbounded =
            Settings { aggregates_per_shard: ORDERS, aggregate_idle: 30 * second, ..Settings::default() };
        measure(&system, "1,000,000 orders, all kept until idle", unbounded).await
    })?;
    // The runtime is shared with the arbiters' threads: leave without waiting for them.
    std::process::exit(0)
}
