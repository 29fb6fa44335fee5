//! The `DeadLetterDrain` actor: parked messages become rows that people see, replay or discard.
//!
//! Owns the subscription to `orders.parking` and the [`DeadLetters`]. A parked message is acknowledged only when its row is
//! committed, with the order handed to a person. Receives [`ReplayDeadLetter`], [`DiscardDeadLetter`] and [`RestoreDeadLetter`]
//! from the HTTP edge; what is done to many at once is the clerk's. When it dies the broker delivers again, and a letter that is there is updated, not doubled: that holds for
//! several processes that drain one queue, too.

mod drain;
mod message;
mod resending;

use std::sync::Arc;

use actix::prelude::*;
use tropa_supervision::{Answering, Context, Ref};
use uuid::Uuid;

use drain::Drain;
pub use message::{DeadLetterError, DiscardDeadLetter, ReplayDeadLetter, RestoreDeadLetter};
pub use resending::{Resending, Resent};

use crate::domain::DeadLetterState;
use crate::duty::Duty;
use crate::kit::{EDGE, Kit, draining};
use crate::orders::Orders;
use crate::port::{Broker, Clock, DeadLetterFilter, DeadLetters, OrderStore};

/// What the drain works with.
#[derive(Clone)]
pub struct DeadLetterPorts {
    /// The rows.
    pub letters: Arc<dyn DeadLetters>,
    /// Orders as they stand, for replays.
    pub store: Arc<dyn OrderStore>,
    /// The parking queue.
    pub broker: Arc<dyn Broker>,
    /// Hands orders to people.
    pub orders: Orders,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether to take parked messages.
    pub duty: Duty,
}

/// Drains the parking queue.
pub struct DeadLetterDrain {
    ports: DeadLetterPorts,
}

impl DeadLetterDrain {
    pub(crate) fn place(kit: &Kit, orders: &Orders) -> Ref<Self> {
        let orders = orders.clone();
        kit.place("dead-letter-drain", draining(64).arbiter(EDGE), move |kit| {
            Self::new(DeadLetterPorts {
                letters: kit.ports.letters.clone(),
                store: kit.ports.orders.clone(),
                broker: kit.ports.broker.clone(),
                orders: orders.clone(),
                clock: kit.ports.clock.clone(),
                duty: kit.duty.clone(),
            })
        })
    }

    /// A drain over these ports.
    pub fn new(ports: DeadLetterPorts) -> Self {
        Self { ports }
    }
}

impl Actor for DeadLetterDrain {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let ports = self.ports.clone();
        ctx.task("drain", |pulse| Drain::new(ports, pulse).run());
    }
}

impl DeadLetterPorts {
    async fn replayed(self, id: Uuid) -> Result<bool, DeadLetterError> {
        let Self { letters, store, clock, .. } = self;
        let resending = Resending { letters, store, clock };
        let letter = resending.letter(id).await?.ok_or(DeadLetterError::NotFound)?;
        if letter.state != DeadLetterState::Parked {
            return Err(DeadLetterError::NotParked);
        }
        match resending.replay(&letter).await? {
            Resent::NotParked => Err(DeadLetterError::NotParked),
            resent => Ok(resent == Resent::Sent),
        }
    }

    /// Nothing was changed: is it not there, or not as it must be?
    async fn why_not(&self, id: Uuid, unfit: DeadLetterError) -> DeadLetterError {
        let filter = DeadLetterFilter { ids: Some(vec![id]), limit: 1, ..DeadLetterFilter::default() };
        match self.letters.list(filter).await {
            Ok(found) if found.is_empty() => DeadLetterError::NotFound,
            Ok(_) => unfit,
            Err(error) => error.into(),
        }
    }

    async fn discarded(
        self,
        DiscardDeadLetter { id, reason }: DiscardDeadLetter,
    ) -> Result<(), DeadLetterError> {
        match self.letters.discard(vec![id], &reason).await? {
            0 => Err(self.why_not(id, DeadLetterError::NotParked).await),
            _ => Ok(()),
        }
    }

    async fn restored(self, id: Uuid) -> Result<(), DeadLetterError> {
        match self.letters.restore(vec![id]).await? {
            0 => Err(self.why_not(id, DeadLetterError::NotDiscarded).await),
            _ => Ok(()),
        }
    }
}

impl Handler<ReplayDeadLetter> for DeadLetterDrain {
    type Result = Answering<Result<bool, DeadLetterError>>;

    fn handle(&mut self, ReplayDeadLetter(id): ReplayDeadLetter, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().replayed(id))
    }
}

impl Handler<DiscardDeadLetter> for DeadLetterDrain {
    type Result = Answering<Result<(), DeadLetterError>>;

    fn handle(&mut self, discard: DiscardDeadLetter, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().discarded(discard))
    }
}

impl Handler<RestoreDeadLetter> for DeadLetterDrain {
    type Result = Answering<Result<(), DeadLetterError>>;

    fn handle(&mut self, RestoreDeadLetter(id): RestoreDeadLetter, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().restored(id))
    }
}
