//! How long an actor is away: from its death to the first message handled by the next incarnation, with a first back-off
//! of at most 10 ms. Criterion shows the mean; the quantiles are printed at the end, from one more series.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};
use tropa_supervision::{
    ActorSystem, Backoff, Budget, ChaosCommand, Context, Policy, Ref, Root, Strategy, SupervisorSpec,
};

struct Mortal;

impl Actor for Mortal {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "u64")]
struct Epoch;

impl Handler<Epoch> for Mortal {
    type Result = u64;

    fn handle(&mut self, _: Epoch, ctx: &mut Context<Self>) -> u64 {
        ctx.epoch()
    }
}

/// Kills it, and asks until a later incarnation answers.
async fn die_and_return(system: &ActorSystem, mortal: &Ref<Mortal>, command: ChaosCommand) -> Duration {
    let before = mortal.ask(Epoch).await.unwrap();
    let clock = Instant::now();
    system.command("/top/mortal", Some(before), command, "bench").unwrap();
    loop {
        match mortal.ask(Epoch).await {
            Ok(epoch) if epoch > before => return clock.elapsed(),
            Ok(_) | Err(_) => {}
        }
    }
}

fn recovery(criterion: &mut Criterion) {
    let runtime = Arc::new(tokio::runtime::Runtime::new().unwrap());
    let system = ActorSystem::new(1, runtime.clone());
    // Each death counts as the first: the back-off never grows.
    let backoff = Backoff {
        initial: Duration::from_millis(10),
        max: Duration::from_secs(1),
        reset_after: Duration::ZERO,
    };
    let mortal = Ref::new("mortal", Policy::new(16).backoff(backoff), |_| Mortal);
    let budget = Budget::new(u32::MAX, Duration::from_mins(1));
    let top = SupervisorSpec::new(Strategy::OneForOne, budget).child(&mortal).into_ref("top", Policy::new(8));
    let root = Root::start(&system, top);
    let mut group = criterion.benchmark_group("recovery");
    for (name, command) in [("panic", ChaosCommand::Panic), ("kill", ChaosCommand::Kill)] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|deaths| {
                runtime.block_on(async {
                    let mut away = Duration::ZERO;
                    for _ in 0..deaths {
                        away += die_and_return(&system, &mortal, command).await;
                    }
                    away
                })
            });
        });
    }
    group.finish();
    let mut away: Vec<Duration> = runtime.block_on(async {
        let mut away = Vec::new();
        for _ in 0..1000 {
            away.push(die_and_return(&system, &mortal, ChaosCommand::Panic).await);
        }
        away
    });
    away.sort();
    println!("away after a panic, 1000 times: p50 {:?}, p99 {:?}, max {:?}", away[500], away[990], away[999]);
    root.shutdown();
    root.wait_timeout(Duration::from_secs(10));
}

criterion_group!(benches, recovery);
criterion_main!(benches);
