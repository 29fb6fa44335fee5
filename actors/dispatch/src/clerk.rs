//! The `Clerk` actor: writes down what people do, and does what they ask for by the hundred.
//!
//! Owns the audit and the operations. Receives lines and operations from the HTTP edge. An operation is kept in the store: the set
//! of things it is about, what came of each, and who carries it out. A clerk that dies with one in its hands is followed by another
//! instance's, or by the next one here, when nothing was heard of it for half a minute.

mod choosing;
mod message;
mod running;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::oneshot;
use tropa_supervision::{Answering, Context, Pulse, Ref, Schedule, Step};
use uuid::Uuid;

pub use message::{
    FirstItems, GetOperation, ListOperations, Operate, OperationRefused, StopOperation, UndoOperation, Which,
    WriteAudit,
};
use running::Running;

use crate::dead_letters::Resending;
use crate::domain::{Operation, OperationKind, OperationState};
use crate::kit::{EDGE, Kit, mailbox};
use crate::orders::Orders;
use crate::port::{Audit, Clock, DeadLetters, Operations, OrderStore, StoreError, Terms};

const LOOKING: Step = Step::new("looking for operations that nobody carries out");

/// A set that was frozen can be run for so long.
pub const FROZEN_FOR: Duration = Duration::from_mins(15);

/// What was done to many things is known, and can be undone, for so long.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);

/// Who carries an operation out, and was not heard of for so long, is followed.
const SILENCE: Duration = Duration::from_secs(30);

/// Between two looks for such.
const ROUND: Duration = Duration::from_secs(5);

/// Rows that are forgotten in one go.
const FORGOTTEN: u32 = 1_000;

/// An operation on so many things at most, without a rate, is waited for; but not for longer.
const AWAITED: u64 = 500;
const PATIENCE: Duration = Duration::from_secs(3);

/// What a clerk works with.
#[derive(Clone)]
pub struct ClerkPorts {
    /// Where it writes.
    pub audit: Arc<dyn Audit>,
    /// What is being done to many things.
    pub operations: Arc<dyn Operations>,
    /// Dead letters.
    pub letters: Arc<dyn DeadLetters>,
    /// Orders as they stand.
    pub store: Arc<dyn OrderStore>,
    /// Who commands them, where they are commanded.
    pub orders: Option<Orders>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Writes down what people do, and does it by the hundred.
pub struct Clerk {
    ports: ClerkPorts,
}

impl Clerk {
    pub(crate) fn place(kit: &Kit, orders: Option<&Orders>) -> Ref<Self> {
        let orders = orders.cloned();
        kit.place("clerk", mailbox(1_024).arbiter(EDGE), move |kit| {
            Self::new(ClerkPorts {
                audit: kit.ports.audit.clone(),
                operations: kit.ports.operations.clone(),
                letters: kit.ports.letters.clone(),
                store: kit.ports.orders.clone(),
                orders: orders.clone(),
                clock: kit.ports.clock.clone(),
            })
        })
    }

    /// A clerk over these ports.
    pub fn new(ports: ClerkPorts) -> Self {
        Self { ports }
    }
}

impl Actor for Clerk {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let ports = self.ports.clone();
        let schedule = Schedule::every(ROUND).first_after(ROUND);
        ctx.every("follow", schedule, async move |pulse: &Pulse| ports.clone().follow(pulse).await);
    }
}

/// Carries this one out. Sent to itself: what takes long is no answer's work.
#[derive(Message)]
#[rtype(result = "()")]
struct CarryOut {
    operation: Operation,
    runner: Uuid,
    ended: oneshot::Sender<()>,
}

impl ClerkPorts {
    fn resending(&self) -> Resending {
        let Self { letters, store, clock, .. } = self.clone();
        Resending { letters, store, clock }
    }

    /// Goes on with what others have left, and forgets what is old.
    async fn follow(self, pulse: &Pulse) {
        pulse.at(LOOKING);
        let runner = Uuid::now_v7();
        // Who cannot command orders may be given an operation on them, and would fail it.
        if self.orders.is_some()
            && let Ok(Some(operation)) = self.operations.follow(runner, SILENCE).await
        {
            tracing::info!(operation = %operation.id, "going on with an operation of which nothing was heard");
            let running = Running { ports: self.clone(), operation, runner };
            pulse.until_stopped(running.run(pulse)).await;
        }
        pulse.at(LOOKING);
        if let Err(error) = self.operations.forget(FROZEN_FOR, KEPT_FOR, FORGOTTEN).await {
            tracing::debug!(%error, "cannot forget operations");
        }
    }

    async fn operate(self, operate: Operate, me: Ref<Clerk>) -> Result<Operation, OperationRefused> {
        let Operate { kind, of, expected, dry_run, rate, subject, reason, trace } = operate;
        let (who, why) = (subject.clone(), reason.clone());
        let make = |operation| Operation { subject: who, reason: why, trace, ..operation };
        let frozen = self.freeze(kind, of, expected, make).await?;
        if dry_run {
            return Ok(frozen);
        }
        self.begin(frozen.id, Terms { kind, rate, subject, reason }, me).await
    }

    async fn begin(self, id: Uuid, terms: Terms, me: Ref<Clerk>) -> Result<Operation, OperationRefused> {
        let runner = Uuid::now_v7();
        let started = self.operations.start(id, terms, runner, FROZEN_FOR).await?;
        let operation = started.ok_or(OperationRefused::NotFrozen)?;
        let awaited = operation.rate.is_none() && operation.matched <= AWAITED;
        let (ended, end) = oneshot::channel();
        let carry = CarryOut { operation: operation.clone(), runner, ended };
        me.tell(carry).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        if !awaited || tokio::time::timeout(PATIENCE, end).await.is_err() {
            return Ok(operation);
        }
        self.get(id).await
    }

    async fn get(&self, id: Uuid) -> Result<Operation, OperationRefused> {
        self.operations.operation(id).await?.ok_or(OperationRefused::NotFound)
    }

    async fn stop(self, id: Uuid) -> Result<Operation, OperationRefused> {
        let stopped = self.operations.stop(id).await?;
        let operation = self.get(id).await?;
        if stopped { Ok(operation) } else { Err(OperationRefused::Ended) }
    }

    async fn undo(self, undo: UndoOperation, me: Ref<Clerk>) -> Result<Operation, OperationRefused> {
        let UndoOperation { id, subject, reason, trace } = undo;
        let discarded = self.get(id).await?;
        let ended = !matches!(discarded.state, OperationState::Frozen | OperationState::Running);
        if discarded.kind != OperationKind::DiscardLetters || !ended {
            return Err(OperationRefused::NotUndoable);
        }
        let kind = OperationKind::RestoreLetters;
        let reason = reason.or_else(|| Some(format!("undoes {id}")));
        let (who, why) = (subject.clone(), reason.clone());
        let undoing =
            Operation { subject: who, reason: why, trace, ..Operation::frozen(kind, 0, self.clock.now()) };
        let undoing_id = undoing.id;
        self.operations.freeze_done(undoing, id, SILENCE).await?.ok_or(OperationRefused::InHand)?;
        self.begin(undoing_id, Terms { kind, rate: None, subject, reason }, me).await
    }
}

impl Handler<WriteAudit> for Clerk {
    type Result = Answering<Result<u64, StoreError>>;

    fn handle(&mut self, WriteAudit(line): WriteAudit, _: &mut Context<Self>) -> Self::Result {
        let audit = self.ports.audit.clone();
        Answering::by(async move { audit.append(line.trimmed()).await })
    }
}

impl Handler<Operate> for Clerk {
    type Result = Answering<Result<Operation, OperationRefused>>;

    fn handle(&mut self, operate: Operate, ctx: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().operate(operate, ctx.me()))
    }
}

impl Handler<CarryOut> for Clerk {
    type Result = ();

    fn handle(&mut self, CarryOut { operation, runner, ended }: CarryOut, ctx: &mut Context<Self>) {
        let running = Running { ports: self.ports.clone(), operation, runner };
        ctx.task("operation", |pulse| async move {
            pulse.until_stopped(running.run(&pulse)).await;
            // Whoever asked may have stopped waiting.
            let _ = ended.send(());
        });
    }
}

impl Handler<StopOperation> for Clerk {
    type Result = Answering<Result<Operation, OperationRefused>>;

    fn handle(&mut self, StopOperation(id): StopOperation, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().stop(id))
    }
}

impl Handler<UndoOperation> for Clerk {
    type Result = Answering<Result<Operation, OperationRefused>>;

    fn handle(&mut self, undo: UndoOperation, ctx: &mut Context<Self>) -> Self::Result {
        Answering::by(self.ports.clone().undo(undo, ctx.me()))
    }
}

impl Handler<GetOperation> for Clerk {
    type Result = Answering<Result<Operation, OperationRefused>>;

    fn handle(&mut self, GetOperation(id): GetOperation, _: &mut Context<Self>) -> Self::Result {
        let ports = self.ports.clone();
        Answering::by(async move { ports.get(id).await })
    }
}

impl Handler<ListOperations> for Clerk {
    type Result = Answering<Result<Vec<Operation>, StoreError>>;

    fn handle(&mut self, ListOperations(limit): ListOperations, _: &mut Context<Self>) -> Self::Result {
        let operations = self.ports.operations.clone();
        Answering::by(async move { operations.operations(limit).await })
    }
}

impl Handler<FirstItems> for Clerk {
    type Result = Answering<Result<Vec<String>, StoreError>>;

    fn handle(&mut self, FirstItems { id, limit }: FirstItems, _: &mut Context<Self>) -> Self::Result {
        let operations = self.ports.operations.clone();
        Answering::by(async move {
            let items = operations.next_items(id, limit).await?;
            Ok(items.into_iter().map(|item| item.target).collect())
        })
    }
}
