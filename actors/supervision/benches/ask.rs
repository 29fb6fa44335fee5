//! How fast a question is answered: by a supervised actor, by a plain actix actor, and by a bare task behind a tokio
//! channel; on the asker's own thread and on another; one at a time and from 64 callers at once.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "what the actors are compared with is unsupervised on purpose")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tropa_supervision::{ActorSystem, Budget, Context, Policy, Ref, Root, Strategy, SupervisorSpec};

const CAPACITY: usize = 256;

#[derive(Message)]
#[rtype(result = "u64")]
struct Ping(u64);

struct Supervised;

impl Actor for Supervised {
    type Context = Context<Self>;
}

impl Handler<Ping> for Supervised {
    type Result = u64;

    fn handle(&mut self, Ping(n): Ping, _: &mut Context<Self>) -> u64 {
        n + 1
    }
}

struct Plain;

impl Actor for Plain {
    type Context = actix::Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(CAPACITY);
    }
}

impl Handler<Ping> for Plain {
    type Result = u64;

    fn handle(&mut self, Ping(n): Ping, _: &mut Self::Context) -> u64 {
        n + 1
    }
}

/// A way to ask; the enum costs all three the same.
#[derive(Clone)]
enum Way {
    Supervised(Ref<Supervised>),
    Plain(Addr<Plain>),
    Channel(mpsc::Sender<(u64, oneshot::Sender<u64>)>),
}

impl Way {
    async fn ask(&self, n: u64) -> u64 {
        match self {
            Way::Supervised(reference) => reference.ask(Ping(n)).await.unwrap(),
            Way::Plain(address) => address.send(Ping(n)).await.unwrap(),
            Way::Channel(sender) => {
                let (reply, answer) = oneshot::channel();
                sender.send((n, reply)).await.unwrap();
                answer.await.unwrap()
            }
        }
    }
}

/// Runs things on its thread.
struct Host;

impl Actor for Host {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "[Way; 2]")]
struct Open;

impl Handler<Open> for Host {
    type Result = MessageResult<Open>;

    fn handle(&mut self, _: Open, _: &mut Context<Self>) -> Self::Result {
        let (sender, mut inbox) = mpsc::channel::<(u64, oneshot::Sender<u64>)>(CAPACITY);
        actix_rt::spawn(async move {
            while let Some((n, reply)) = inbox.recv().await {
                let _ = reply.send(n + 1);
            }
        });
        MessageResult([Way::Plain(Plain.start()), Way::Channel(sender)])
    }
}

/// Asks that often in all, from so many callers; replied with the time it took.
#[derive(Message)]
#[rtype(result = "Duration")]
struct Drive {
    way: Way,
    asks: u64,
    callers: u64,
}

impl Handler<Drive> for Host {
    type Result = ResponseActFuture<Self, Duration>;

    fn handle(&mut self, Drive { way, asks, callers }: Drive, _: &mut Context<Self>) -> Self::Result {
        let drive = async move {
            let clock = Instant::now();
            let caller = |number: u64| {
                let way = &way;
                async move {
                    for n in (number..asks).step_by(callers as usize) {
                        std::hint::black_box(way.ask(n).await);
                    }
                }
            };
            join_all((0..callers).map(caller)).await;
            clock.elapsed()
        };
        Box::pin(drive.into_actor(self))
    }
}

fn asks(criterion: &mut Criterion) {
    let runtime = Arc::new(tokio::runtime::Runtime::new().unwrap());
    let system = ActorSystem::new(2, runtime.clone());
    let policy = |arbiter| Policy::new(CAPACITY).hang_after(None).arbiter(arbiter);
    let asker = Ref::new("asker", policy(1), |_| Host);
    let far_host = Ref::new("far-host", policy(2), |_| Host);
    let near = Ref::new("near", policy(1), |_| Supervised);
    let far = Ref::new("far", policy(2), |_| Supervised);
    let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(1, Duration::from_mins(1)))
        .child(&asker)
        .child(&far_host)
        .child(&near)
        .child(&far)
        .into_ref("top", Policy::new(8));
    let root = Root::start(&system, top);
    for (place, host, supervised) in [("one arbiter", &asker, near), ("across arbiters", &far_host, far)] {
        let [plain, channel] = runtime.block_on(host.ask(Open)).unwrap();
        for callers in [1, 64] {
            let mut group = criterion.benchmark_group(format!("ask, {place}, {callers} callers"));
            group.throughput(Throughput::Elements(1));
            let ways = [
                ("Ref::ask", Way::Supervised(supervised.clone())),
                ("actix Addr::send", plain.clone()),
                ("tokio mpsc + oneshot", channel.clone()),
            ];
            for (name, way) in ways {
                group.bench_function(name, |bencher| {
                    bencher.iter_custom(|asks| {
                        runtime.block_on(asker.ask(Drive { way: way.clone(), asks, callers })).unwrap()
                    });
                });
            }
            group.finish();
        }
    }
    root.shutdown();
    root.wait_timeout(Duration::from_secs(10));
}

criterion_group!(benches, asks);
criterion_main!(benches);
