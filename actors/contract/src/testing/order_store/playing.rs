//! Writes as they come, played against the rule book: whatever it says becomes of them, the store does.

use std::collections::HashSet;

use fastrand::Rng;

use super::{accept, claim, plain::PlainStore};
use crate::{
    domain::{EventId, Order, Status, WaitReason},
    port::{
        Applied, Backlog, Change, Claimed, Creation, DeadLetters, OrderStore, Outbox, Postponement, Relayed,
        Settlement, Transition, Write,
    },
    testing::sample::{cancelled, creation, delivered, dispatched, far_away, letter, manual, now, postponed},
};

const GAMES: u64 = 8;
const BATCHES: usize = 10;

pub async fn suite<S: OrderStore + Outbox + DeadLetters>(fresh: &impl AsyncFn() -> S) {
    let mut seen = HashSet::new();
    for seed in 0..GAMES {
        let store = fresh().await;
        let mut game = Game::new(seed);
        for creation in game.accepted.clone() {
            accept(&store, creation).await;
        }
        for round in 0..BATCHES {
            let (batch, expected) = game.batch();
            let applied = store.apply(batch.clone().into()).await.unwrap();
            assert_eq!(applied, expected, "game {seed}, batch {round}: {batch:#?}");
            seen.extend(applied.iter().map(name));
            agree(&store, &game, seed).await;
            if round % 2 == 1 {
                let claimed = claim(&store).await;
                let events: HashSet<_> = claimed.iter().map(|claimed| claimed.envelope.event_id).collect();
                assert_eq!(events, game.plain.publish(), "game {seed}, batch {round}");
                let published =
                    |c: &Claimed| Settlement { id: c.id, token: c.token, outcome: Relayed::Published };
                store.settle(claimed.iter().map(published).collect()).await.unwrap();
            }
        }
        for reason in [WaitReason::Driver, WaitReason::Fleet, WaitReason::Backoff] {
            let hastened = store.hasten(reason, 100).await.unwrap();
            assert_eq!(hastened, game.plain.waiting(reason), "game {seed}");
        }
    }
    assert_eq!(seen.len(), 5, "the games are no games: {seen:?}");
}

fn name(applied: &Applied) -> &'static str {
    match applied {
        Applied::Done => "done",
        Applied::Duplicate => "duplicate",
        Applied::Stale(Some(_)) => "stale",
        Applied::Stale(None) => "unknown",
        Applied::DriverTaken => "driver taken",
    }
}

/// All that can be seen of the store is what the rules have made of it.
async fn agree(store: &(impl OrderStore + Outbox + DeadLetters), game: &Game, seed: u64) {
    for (order, events) in game.plain.orders() {
        assert_eq!(store.load(vec![order.id.clone()]).await.unwrap(), [Some(order.clone())], "game {seed}");
        assert_eq!(store.timeline(order.id.clone()).await.unwrap(), *events, "game {seed}");
    }
    assert_eq!(store.assignments(None, 100).await.unwrap(), game.plain.assignments(), "game {seed}");
    let answered = store.answered(game.events.clone()).await.unwrap();
    assert_eq!(answered, game.plain.answered(&game.events), "game {seed}");
    assert_eq!(store.parked().await.unwrap(), game.plain.parked(), "game {seed}");
    let backlog = Backlog { oldest_due: None, ..store.backlog().await.unwrap() };
    assert_eq!(backlog, game.plain.backlog(), "game {seed}");
}

pub(crate) struct Game {
    rng: Rng,
    pub(crate) plain: PlainStore,
    accepted: Vec<Creation>,
    /// Some of them are answered again and again.
    events: Vec<EventId>,
    /// Orders as they once were.
    past: Vec<Order>,
}

impl Game {
    /// With some new orders.
    pub(crate) fn new(seed: u64) -> Self {
        let (mut plain, accepted) = (PlainStore::default(), ["a", "b", "c", "d", "e"].map(creation));
        for creation in &accepted {
            plain.create(creation);
        }
        let events = (0..30).map(|_| EventId::fresh()).collect();
        Self { rng: Rng::with_seed(seed), plain, accepted: accepted.into(), events, past: Vec::new() }
    }

    /// Some writes, and what becomes of them.
    pub(crate) fn batch(&mut self) -> (Vec<Write>, Vec<Applied>) {
        let writes = self.rng.usize(1..12);
        let play = |_| {
            let write = self.write();
            let applied = self.plain.apply(&write);
            (write, applied)
        };
        (0..writes).map(play).unzip()
    }

    fn write(&mut self) -> Write {
        let order = self.order();
        let inbox = self.inbox();
        let change = match self.rng.u8(..10) {
            0..4 => self.step(&order).map_or(Change::Nothing, |step| Change::Transition(Box::new(step))),
            4..8 => Change::Postpone(Box::new(self.postponement(&order))),
            8 => {
                let step = self.step(&order).filter(|_| self.rng.bool());
                Change::Park(Box::new(letter(&order, "out of attempts")), step.map(Box::new))
            }
            _ => Change::Nothing,
        };
        Write { inbox, change }
    }

    /// As it is, mostly.
    fn order(&mut self) -> Order {
        let orders: Vec<_> = self.plain.orders().map(|(order, _)| order.clone()).collect();
        let order = self.rng.choice(orders).unwrap();
        match self.rng.u8(..20) {
            0 => creation("nobody").order,
            1..4 if !self.past.is_empty() => self.past[self.rng.usize(..self.past.len())].clone(),
            _ => {
                self.past.push(order.clone());
                order
            }
        }
    }

    fn inbox(&mut self) -> Option<EventId> {
        let jobs = self.plain.jobs(None);
        match self.rng.u8(..4) {
            0 => self.rng.choice(jobs),
            1 | 2 => self.rng.choice(&self.events).copied(),
            _ => None,
        }
    }

    fn step(&mut self, order: &Order) -> Option<Transition> {
        let driver = ["ana", "joao", "maria"][self.rng.usize(..3)];
        let kind = self.rng.u8(..4);
        match (order.status, kind) {
            (Status::Pending, 0) => Some(manual(order)),
            (Status::Pending | Status::ManualDispatch, 1 | 2) => Some(dispatched(order, driver)),
            (Status::Dispatched, 0 | 1) => Some(delivered(order)),
            (status, 3) if !status.is_final() => Some(cancelled(order)),
            _ => None,
        }
    }

    fn postponement(&mut self, order: &Order) -> Postponement {
        let due_at = if self.rng.bool() { far_away() } else { now() - time::Duration::MINUTE };
        let reasons = [None, Some(WaitReason::Driver), Some(WaitReason::Fleet), Some(WaitReason::Backoff)];
        let reason = reasons[self.rng.usize(..4)];
        Postponement { reason, unless_pending: self.rng.bool(), ..postponed(order, due_at) }
    }
}
