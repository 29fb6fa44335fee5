//! The supervisor of children that come and go.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use actix::{Actor, ActorFuture, AsyncContext, Handler, MessageResult};
use slab::Slab;

use super::kid::Kid;
use super::{Counts, DynamicChild, DynamicPolicy, Lister, LivingQuery, To};
use crate::bell::Bells;
use crate::residence::Debt;
use crate::vitals::Vitals;
use crate::{Context, Policy, Ref};

type Factory<C> = Arc<dyn Fn(&<C as DynamicChild>::Key) -> C + Send + Sync>;

/// Keeps children that come and go: starts one on the first message for its key, lets it handle one message at a time, and
/// passivates it when it is idle or when room is needed. Made by [`Ref::dynamic`]. It is an actor like any other, with its
/// children inside: they live on its thread, and end with it.
///
/// Nothing is lost between a passivation and a new message, because only a child that has nothing to do is passivated, and
/// that takes no time. What a child handles when it panics, or hangs, goes with it; what waits is handled by a fresh one.
pub struct DynamicSupervisor<C: DynamicChild> {
    factory: Factory<C>,
    policy: DynamicPolicy,
    counts: Arc<Counts>,
    numbers: HashMap<C::Key, usize>,
    kids: Slab<Kid<C>>,
    /// Uses in order; those of a child that was used again since, or is no more, are skipped.
    recent: VecDeque<(usize, u64)>,
    /// For newcomers, while there is no room.
    parked: VecDeque<To<C::Key, C::Message>>,
    clock: u64,
    swept: u64,
    bells: Arc<Bells>,
}

// Nothing here is ever pinned but what is boxed.
impl<C: DynamicChild> Unpin for DynamicSupervisor<C> {}

impl<C: DynamicChild> Ref<DynamicSupervisor<C>> {
    /// A place for children that come and go. `factory` makes the fresh state of the one with this key.
    pub fn dynamic(
        name: impl Into<String>,
        policy: Policy,
        children: DynamicPolicy,
        factory: impl Fn(&C::Key) -> C + Send + Sync + 'static,
    ) -> Self {
        let kind = std::any::type_name::<DynamicSupervisor<C>>();
        let (factory, counts): (Factory<C>, _) = (Arc::new(factory), Arc::new(Counts::default()));
        let mut vitals = Vitals::new(name.into(), kind, policy);
        vitals.dynamic = Some((counts.clone(), Lister::default()));
        let place = Ref::with_vitals(vitals, move |_| DynamicSupervisor {
            factory: factory.clone(),
            policy: children,
            counts: counts.clone(),
            numbers: HashMap::new(),
            kids: Slab::new(),
            recent: VecDeque::new(),
            parked: VecDeque::new(),
            clock: 0,
            swept: 0,
            bells: Arc::default(),
        });
        if let Some((_, lister)) = &place.0.vitals.dynamic {
            let slot = Arc::downgrade(&place.0);
            lister.set(move |query| Ref(slot.upgrade()?).try_ask(query).ok());
        }
        place
    }
}

impl<C: DynamicChild> DynamicSupervisor<C> {
    /// Hands a message to its child, which is started if need be. It comes back if there is no room for one more.
    fn route(
        &mut self,
        to: To<C::Key, C::Message>,
        ctx: &Context<Self>,
    ) -> Result<(), To<C::Key, C::Message>> {
        let number = match self.numbers.get(&to.key).copied() {
            Some(number) => number,
            None if self.kids.len() < self.policy.most.max(1) || self.evict() => self.start(to.key),
            None => return Err(to),
        };
        self.clock += 1;
        self.recent.push_back((number, self.clock));
        self.kids[number].used = self.clock;
        self.begin(number, to.message, ctx);
        self.compact();
        Ok(())
    }

    fn start(&mut self, key: C::Key) -> usize {
        let child = self.make(&key);
        let place = self.kids.vacant_entry();
        let number = place.key();
        place.insert(Kid::new(key.clone(), child, self.clock, self.bells.hang(number)));
        self.numbers.insert(key, number);
        self.count_living();
        number
    }

    fn make(&self, key: &C::Key) -> C {
        self.counts.started.fetch_add(1, Relaxed);
        (self.factory)(key)
    }

    fn begin(&mut self, number: usize, message: C::Message, ctx: &Context<Self>) {
        if self.kids[number].take(message, || Debt::new(ctx.residence.clone())) {
            self.counts.working.fetch_add(1, Relaxed);
        }
    }

    /// Passivates the least recently used child that has nothing to do. False: all have.
    fn evict(&mut self) -> bool {
        for _ in 0..self.recent.len() {
            let Some((number, used)) = self.recent.pop_front() else { return false };
            match self.kids.get(number).filter(|kid| kid.used == used) {
                Some(kid) if kid.is_idle() => {
                    self.passivate(number);
                    return true;
                }
                // It may have nothing to do by the next time.
                Some(_) => self.recent.push_back((number, used)),
                None => {}
            }
        }
        false
    }

    /// Passivates whatever was not used since the last sweep.
    fn sweep(&mut self) {
        let idle = self.kids.iter().filter(|(_, kid)| kid.used <= self.swept && kid.is_idle());
        for number in idle.map(|(number, _)| number).collect::<Vec<_>>() {
            self.passivate(number);
        }
        self.swept = self.clock;
    }

    fn passivate(&mut self, number: usize) {
        self.counts.passivated.fetch_add(1, Relaxed);
        self.forget(number);
    }

    fn forget(&mut self, number: usize) {
        let kid = self.kids.remove(number);
        self.numbers.remove(&kid.key);
        self.count_living();
    }

    /// Forgets uses that do not count any more before they outnumber the children.
    fn compact(&mut self) {
        if self.recent.len() > 4 * self.kids.len() + 64 {
            let kids = &self.kids;
            self.recent.retain(|(number, used)| kids.get(*number).is_some_and(|kid| kid.used == *used));
        }
    }

    /// A child is done with a message, or was lost over it: it goes on with the next one, or there may be room for another.
    fn done(&mut self, number: usize, lost: bool, ctx: &Context<Self>) {
        self.counts.working.fetch_sub(1, Relaxed);
        match self.kids[number].next() {
            Some(message) => {
                if lost {
                    let child = self.make(&self.kids[number].key);
                    self.kids[number].replace(child);
                }
                self.begin(number, message, ctx);
            }
            None if lost => self.forget(number),
            None => {}
        }
        while let Some(to) = self.parked.pop_front() {
            if let Err(to) = self.route(to, ctx) {
                self.parked.push_front(to);
                break;
            }
        }
        self.count_parked();
    }

    fn lost(&mut self, number: usize, reason: &str, ctx: &Context<Self>) {
        let (path, epoch, child) = (ctx.vitals().path(), ctx.epoch(), &self.kids[number].key);
        tracing::warn!(path, epoch, %child, reason, "child lost");
        self.done(number, true, ctx);
    }

    /// Gives up those that have handled one message for too long.
    fn check(&mut self, limit: Duration, ctx: &Context<Self>) {
        let now = Instant::now();
        let over = |since: Instant| now.saturating_duration_since(since) >= limit;
        let hung = self.kids.iter().filter(|(_, kid)| kid.since().is_some_and(over));
        for number in hung.map(|(number, _)| number).collect::<Vec<_>>() {
            self.kids[number].lose();
            self.counts.hung.fetch_add(1, Relaxed);
            self.lost(number, &format!("not done within {limit:?}"), ctx);
        }
    }

    fn count_living(&self) {
        self.counts.living.store(self.kids.len(), Relaxed);
    }

    fn count_parked(&self) {
        self.counts.parked.store(self.parked.len(), Relaxed);
    }
}

impl<C: DynamicChild> Actor for DynamicSupervisor<C> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        // Those of the incarnation before went with it.
        self.count_living();
        self.count_parked();
        self.counts.working.store(0, Relaxed);
        ctx.spawn(Keeping);
        ctx.run_interval(self.policy.idle, |supervisor, _| supervisor.sweep());
        if let Some(limit) = self.policy.hang_after {
            ctx.run_interval(limit / 4, move |supervisor, ctx| supervisor.check(limit, ctx));
        }
    }
}

impl<C: DynamicChild> Handler<To<C::Key, C::Message>> for DynamicSupervisor<C> {
    type Result = ();

    fn handle(&mut self, to: To<C::Key, C::Message>, ctx: &mut Context<Self>) {
        if let Err(to) = self.route(to, ctx) {
            self.parked.push_back(to);
            self.count_parked();
        }
    }
}

impl<C: DynamicChild> Handler<LivingQuery> for DynamicSupervisor<C> {
    type Result = MessageResult<LivingQuery>;

    fn handle(&mut self, query: LivingQuery, ctx: &mut Context<Self>) -> Self::Result {
        let (path, now) = (ctx.vitals().path(), Instant::now());
        let kids = self.kids.iter().map(|(_, kid)| kid);
        let wanted =
            kids.filter(|kid| query.prefix.is_empty() || kid.key.to_string().starts_with(&query.prefix));
        MessageResult(query.select(wanted.map(|kid| kid.status(path, now)).collect()))
    }
}

/// Goes on with what the children handle, as far as they were woken.
struct Keeping;

impl<C: DynamicChild> ActorFuture<DynamicSupervisor<C>> for Keeping {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        supervisor: &mut DynamicSupervisor<C>,
        ctx: &mut Context<DynamicSupervisor<C>>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        for number in supervisor.bells.rung(task.waker()) {
            // None: a waker outlived its child.
            let Some(kid) = supervisor.kids.get_mut(number) else { continue };
            match kid.poll() {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => supervisor.done(number, false, ctx),
                Poll::Ready(Err(panic)) => {
                    supervisor.counts.panicked.fetch_add(1, Relaxed);
                    supervisor.lost(number, &panic, ctx);
                }
            }
        }
        // Those that began with another message meanwhile get their turn when the thread's other actors had theirs.
        if supervisor.bells.any() {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
