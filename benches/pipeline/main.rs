//! The pipeline without its edges: how many orders a second go from intake to a driver, durably, in this process.
//!
//! The real store in a temporary folder, the real broker, the real tree; only HTTP is left out. Group commit on and off in
//! the same run, and the same on more arbiters than the machine may have cores for: how busy each of their threads was says
//! what the pipeline can make use of.

mod threads;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::System;
use futures_util::stream::{self, StreamExt};
use prometheus::Registry;
use tropa_dispatch::domain::{
    Charges, Currency, Driver, DriverStatus, GeoPoint, Identity, Money, NewOrder, OrderDetails, Position,
    Status,
};
use tropa_dispatch::intake::Submit;
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::port::{Clock, DriverIndex, SystemClock};
use tropa_dispatch::settings::Settings;
use tropa_dispatch::tree::{self, Ports};
use tropa_embedded::{
    BrokerSettings, EmbeddedBroker, EmbeddedDriverIndex, EmbeddedInstances, EmbeddedLeases, FleetSettings,
    InProcessFleet,
};
use tropa_sqlite::{Options, SqliteStore};
use tropa_supervision::{ActorSystem, Root};

use threads::Threads;

async fn measure(
    runtime: &Arc<tokio::runtime::Runtime>,
    what: &str,
    arbiters: usize,
    settings: Settings,
    orders: usize,
    callers: usize,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = Options::new(folder.path().join("tropa.db"), clock.clone());
    let store = SqliteStore::open(Options { group_commit: settings.group_commit, ..options })?;
    let index = Arc::new(EmbeddedDriverIndex::new(clock.clone(), Duration::from_hours(1)));
    let pickup = settings.default_pickup;
    let drivers = (0..orders).map(|n| {
        // Spread over some kilometres: a tree over one single point is a list.
        let (angle, reach) = (n as f64 * 2.399_963, 0.03 * (n as f64 / orders as f64).sqrt());
        let point = GeoPoint::new(pickup.lat() + reach * angle.sin(), pickup.lng() + reach * angle.cos())?;
        let position = Position::new(point, clock.now());
        let id = format!("driver-{n}").parse()?;
        let name = format!("Driver {n}");
        anyhow::Ok(Driver {
            id,
            name,
            status: DriverStatus::Available,
            position: Some(position),
            order_id: None,
            silent: false,
        })
    });
    index.put(drivers.collect::<Result<_, _>>()?).await?;
    let fleet = InProcessFleet::new(index.clone(), FleetSettings::default());
    let ports = Ports {
        orders: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        letters: Arc::new(store.clone()),
        drivers: Arc::new(store.clone()),
        audit: Arc::new(store.clone()),
        operations: Arc::new(store.clone()),
        broker: Arc::new(EmbeddedBroker::new(BrokerSettings::default(), None)),
        leases: Arc::new(EmbeddedLeases::new()),
        index,
        fleet: Arc::new(fleet),
        instances: Arc::new(EmbeddedInstances::new()),
        clock,
        chronicle: Arc::new(store.clone()),
    };
    let before = threads::present()?;
    let system = ActorSystem::new(arbiters, runtime.clone());
    let threads = Threads::since(&before)?;
    let metrics = Metrics::register(&Registry::new())?;
    let tree = tree::build(&ports, settings, metrics, &system, Identity::new("bench"));
    let root = Root::start(&system, tree.top);
    let handles = tree.handles;
    let begun = Instant::now();
    let mut answers = stream::iter(0..orders)
        .map(|n| {
            let intake = handles.intake.here().cloned();
            async move {
                let details = OrderDetails {
                    order_number: None,
                    customer_id: None,
                    currency: Currency::BRL,
                    price: Money::from_hundredths(10_000)?,
                    tax: Money::from_hundredths(1_000)?,
                    items: vec![],
                    shipping_address: None,
                    billing_address: None,
                    pickup: None,
                    dropoff: None,
                    charges: Charges::default(),
                };
                let order = NewOrder { id: Some(format!("order-{n:08}").parse()?), details };
                anyhow::Ok(intake?.ask(Submit { order, key: None, trace: None }).await??)
            }
        })
        .buffer_unordered(callers);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    let accepted = begun.elapsed().as_secs_f64();
    let dispatched = handles.metrics.orders.with_label_values(&[Status::Dispatched.as_str()]);
    while dispatched.get() < orders as u64 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let end_to_end = begun.elapsed().as_secs_f64();
    let busy = threads.shares(begun.elapsed())?;
    let latency = &handles.metrics.dispatch_duration;
    println!(
        "{what}: {:.0} accepted/s, {:.0} dispatched/s, {:.1} ms from accepted to dispatched on average",
        orders as f64 / accepted,
        orders as f64 / end_to_end,
        latency.get_sample_sum() / latency.get_sample_count() as f64 * 1e3,
    );
    println!("  busy, by arbiter{busy}");
    root.shutdown();
    root.wait().await;
    store.close().await?;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let runtime =
        Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async move {
        let usual = Settings::default;
        measure(&runtime, "group commit, 1,000 callers", tree::ARBITERS, usual(), 100_000, 1_000).await?;
        measure(&runtime, "the same on 4 arbiters", 4, usual(), 100_000, 1_000).await?;
        measure(&runtime, "the same on 8 arbiters", 8, usual(), 100_000, 1_000).await?;
        measure(&runtime, "group commit, 8 callers", tree::ARBITERS, usual(), 10_000, 8).await?;
        let single = Settings { group_commit: false, ..usual() };
        measure(&runtime, "one commit an order, 1,000 callers", tree::ARBITERS, single, 5_000, 1_000).await
    })?;
    // The runtime is shared with the arbiters' threads: leave without waiting for them.
    std::process::exit(0)
}
