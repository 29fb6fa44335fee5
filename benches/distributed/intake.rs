//! Intake beside pgbench, on the same server in the same run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::System;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use prometheus::Registry;
use tropa_dispatch::domain::{Charges, Currency, Money, NewOrder, OrderDetails};
use tropa_dispatch::duty::Duty;
use tropa_dispatch::feed::Feed;
use tropa_dispatch::intake::{Intake, Submit};
use tropa_dispatch::metrics::Metrics;
use tropa_dispatch::port::{Clock, SystemClock};
use tropa_dispatch::settings::Settings;
use tropa_postgres::{Options, PostgresStore};
use tropa_supervision::{ActorSystem, Budget, Policy, Ref, Root, Strategy, SupervisorSpec};

use crate::servers::Servers;
use crate::{instance, pgbench};

/// Orders for each measurement.
const ORDERS: usize = 100_000;
/// Callers that wait for an answer, as HTTP connections do.
const CALLERS: usize = 1_000;

pub fn measure() -> anyhow::Result<()> {
    let servers = Servers::start()?;
    // Migrates.
    let http = {
        let instance = instance::start(&servers, "bench", "intake", &[])?;
        instance.load(&["--rate", "0", "--count", "50000", "--connections", "128"])?
    };
    println!("PostgreSQL without us: pgbench, an order and its outbox row, one order per transaction");
    let best = pgbench::best(&servers)?;
    let accepted = through_the_actor(&servers)?;
    println!("intake on the same server");
    println!(
        "  the Intake actor, {CALLERS} callers     {accepted:>7.0} orders/s, {:.1} x pgbench",
        accepted / best
    );
    let http = http.per_second;
    println!("  over HTTP, load generator beside it  {http:>7.0} orders/s, {:.1} x pgbench", http / best);
    Ok(())
}

/// Accepted orders a second: the actor and the store as they are, without HTTP.
fn through_the_actor(servers: &Servers) -> anyhow::Result<f64> {
    let runtime =
        Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let shared = runtime.clone();
    System::with_tokio_rt(move || shared).block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(PostgresStore::open(Options::new(servers.database()?, clock.clone()))?);
        let metrics = Arc::new(Metrics::register(&Registry::new())?);
        let system = ActorSystem::new(1, runtime.clone());
        let settings = Arc::new(Settings::default());
        let intake = Ref::new("intake", Policy::new(2_048), move |_| {
            let (store, clock) = (store.clone(), clock.clone());
            Intake::new(
                store.clone(),
                store,
                clock,
                settings.clone(),
                metrics.clone(),
                Feed::default(),
                Duty::default(),
            )
        });
        let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(1, Duration::from_mins(1)));
        let root = Root::start(&system, top.child(&intake).into_ref("bench", Policy::new(16)));
        let warmup = submit(&intake, "warm", 5_000).await?;
        anyhow::ensure!(warmup > 0.0, "nothing was accepted");
        let rate = submit(&intake, "bench", ORDERS).await?;
        root.shutdown();
        root.wait().await;
        Ok(rate)
    })
}

async fn submit(intake: &Ref<Intake>, prefix: &str, orders: usize) -> anyhow::Result<f64> {
    let begun = Instant::now();
    stream::iter(0..orders)
        .map(|n| async move {
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
            let order = NewOrder { id: Some(format!("{prefix}-{n:08}").parse()?), details };
            intake.ask(Submit { order, key: None, trace: None }).await??;
            anyhow::Ok(())
        })
        .buffer_unordered(CALLERS)
        .try_collect::<()>()
        .await?;
    Ok(orders as f64 / begun.elapsed().as_secs_f64())
}
