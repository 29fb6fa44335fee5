//! The actor most scenes are played with.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::{Semaphore, oneshot};
use tropa_supervision::{Context, Exit, Policy, Ref};

/// What actors did, in order: `+name` at their start, `-name` at their stop.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Adds up what it is told.
pub struct Worker {
    name: String,
    diary: Diary,
    sum: u64,
}

pub fn worker(name: &str, diary: &Diary, policy: Policy) -> Ref<Worker> {
    let (own, diary) = (name.to_owned(), diary.clone());
    Ref::new(name, policy, move |_| Worker { name: own.clone(), diary: diary.clone(), sum: 0 })
}

pub fn quiet(name: &str, policy: Policy) -> Ref<Worker> {
    worker(name, &Diary::default(), policy)
}

impl Actor for Worker {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Context<Self>) {
        self.diary.write(format!("+{}", self.name));
    }

    fn stopped(&mut self, _: &mut Context<Self>) {
        self.diary.write(format!("-{}", self.name));
    }
}

/// Replied with the sum so far.
#[derive(Message, Debug, PartialEq)]
#[rtype(result = "u64")]
pub struct Add(pub u64);

impl Handler<Add> for Worker {
    type Result = u64;

    fn handle(&mut self, Add(n): Add, _: &mut Context<Self>) -> u64 {
        self.sum += n;
        self.sum
    }
}

/// Replied with the epoch of whoever handled it.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct Epoch;

impl Handler<Epoch> for Worker {
    type Result = u64;

    fn handle(&mut self, _: Epoch, ctx: &mut Context<Self>) -> u64 {
        ctx.epoch()
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Where {
    Handler,
    Spawned,
    Reply,
    AtomicReply,
}

/// Panics there.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Panic(pub Where);

impl Handler<Panic> for Worker {
    type Result = ActorResponse<Self, ()>;

    fn handle(&mut self, Panic(place): Panic, ctx: &mut Context<Self>) -> Self::Result {
        let blow = async move {
            tokio::task::yield_now().await;
            panic!("blown up in {place:?}");
        };
        match place {
            Where::Handler => panic!("blown up in {place:?}"),
            Where::Spawned => {
                ctx.spawn(blow.into_actor(self));
                ActorResponse::r#async(std::future::pending().into_actor(self))
            }
            Where::Reply => ActorResponse::r#async(blow.into_actor(self)),
            Where::AtomicReply => {
                ctx.wait(blow.into_actor(self));
                ActorResponse::r#async(std::future::pending().into_actor(self))
            }
        }
    }
}

/// Gives up for that reason.
#[derive(Message)]
#[rtype(result = "()")]
pub struct GiveUp(pub Exit);

impl Handler<GiveUp> for Worker {
    type Result = ();

    fn handle(&mut self, GiveUp(exit): GiveUp, ctx: &mut Context<Self>) {
        ctx.fail(exit);
    }
}

/// Says that it has begun, then keeps the actor busy until there is a permit.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct Hold {
    begun: Option<oneshot::Sender<()>>,
    gate: Arc<Semaphore>,
    atomic: bool,
}

/// The other end of a [`Hold`].
pub struct Held {
    begun: Option<oneshot::Receiver<()>>,
    gate: Arc<Semaphore>,
}

impl Hold {
    /// Nothing else is handled meanwhile.
    pub fn atomic() -> (Hold, Held) {
        Hold::new(true)
    }

    /// Only this reply waits.
    pub fn aside() -> (Hold, Held) {
        Hold::new(false)
    }

    fn new(atomic: bool) -> (Hold, Held) {
        let ((tell, begun), gate) = (oneshot::channel(), Arc::new(Semaphore::new(0)));
        (Hold { begun: Some(tell), gate: gate.clone(), atomic }, Held { begun: Some(begun), gate })
    }
}

impl Held {
    pub async fn begun(&mut self) {
        self.begun.take().expect("asked once").await.expect("the hold was dropped");
    }

    pub fn release(&self) {
        self.gate.add_permits(1);
    }
}

impl Handler<Hold> for Worker {
    type Result = ActorResponse<Self, u64>;

    fn handle(&mut self, hold: Hold, ctx: &mut Context<Self>) -> Self::Result {
        let _ = hold.begun.expect("handled once").send(());
        let (gate, atomic) = (hold.gate, hold.atomic);
        let opened = async move { gate.acquire().await.expect("never closed").forget() };
        if atomic {
            let (tell, told) = oneshot::channel();
            ctx.wait(opened.into_actor(self).map(move |(), worker: &mut Self, _| {
                let _ = tell.send(worker.sum);
            }));
            ActorResponse::r#async(async { told.await.expect("told above") }.into_actor(self))
        } else {
            ActorResponse::r#async(opened.into_actor(self).map(|(), worker: &mut Self, _| worker.sum))
        }
    }
}

/// Blocks its whole thread that long, then replies with its epoch.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct BlockThread(pub Duration, pub oneshot::Sender<()>);

impl Handler<BlockThread> for Worker {
    type Result = u64;

    fn handle(&mut self, BlockThread(time, begun): BlockThread, ctx: &mut Context<Self>) -> u64 {
        let _ = begun.send(());
        std::thread::sleep(time);
        ctx.epoch()
    }
}
