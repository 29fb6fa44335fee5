//! The `OrderAggregate`: one actor per order, which does one thing at a time.
//!
//! Owns its order, loaded on the first need. Receives [`Job`]s from its shard only, and never stops by itself: the shard
//! sends [`Passivate`] behind everything it forwarded, so nothing is lost between the two. It is an optimisation, not the
//! safety: the guarded update in the database is. A panic ends this one aggregate; its askers learn that the outcome is
//! unknown, and the shard hears of it through the drop guard.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::{Instrument, Span};
use tropa_supervision::Ref;

use super::DispatchError;
use super::desk::Desk;
use super::dispatch::{DispatchOrder, FailOrder};
use super::message::{CommandError, CommandOrder};
use super::shard::{Gone, OrderShard};
use crate::domain::{Order, OrderId};

/// One thing to do, and who waits for it.
pub(crate) enum Work {
    Dispatch(Box<DispatchOrder>, oneshot::Sender<Result<(), DispatchError>>),
    Fail(Box<FailOrder>, oneshot::Sender<Result<(), DispatchError>>),
    Command(Box<CommandOrder>, oneshot::Sender<Result<Order, CommandError>>),
}

/// Work for one order. The permit bounds its shard from end to end, whichever queue the job waits in.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Job {
    pub id: OrderId,
    pub work: Work,
    pub span: Span,
    pub permit: OwnedSemaphorePermit,
}

/// Finish what is queued and go. Sent by the shard.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Passivate;

/// Tells the shard that this instance is gone, however it went.
pub(crate) struct Farewell {
    pub id: OrderId,
    pub instance: u64,
    pub shard: Ref<OrderShard>,
    pub desk: Arc<Desk>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.desk.metrics.aggregates.dec();
        // A shard that is gone itself does not miss it.
        let _ = self.shard.control(Gone { id: self.id.clone(), instance: self.instance });
    }
}

/// One order.
pub(crate) struct OrderAggregate {
    desk: Arc<Desk>,
    order: Option<Order>,
    _farewell: Farewell,
}

impl OrderAggregate {
    pub fn new(desk: Arc<Desk>, farewell: Farewell) -> Self {
        desk.metrics.aggregates.inc();
        Self { desk, order: None, _farewell: farewell }
    }
}

impl Actor for OrderAggregate {
    type Context = Context<Self>;
}

/// Does the work and tells who waits; returns the order as it stands, `None` when that is not known.
async fn perform(desk: Arc<Desk>, order: Option<Order>, work: Work) -> Option<Order> {
    match work {
        Work::Dispatch(request, asker) => {
            // A new order's first job carries it as it was at version 1, which saves a read. Should it have moved on,
            // the guarded update says so.
            let order = order.or_else(|| Some(request.job.order.clone()));
            let result = desk.dispatch(order, &request).await;
            report(result, asker)
        }
        Work::Fail(request, asker) => {
            let result = desk.fail(&request).await;
            report(result.map_err(DispatchError::from), asker)
        }
        Work::Command(request, asker) => {
            let result = desk.command(order, &request).await;
            let known = match &result {
                Ok(order) => Some(order.clone()),
                Err(CommandError::VersionMismatch { current }) => Some((**current).clone()),
                Err(_) => None,
            };
            let _ = asker.send(result);
            known
        }
    }
}

fn report(
    result: Result<Option<Order>, DispatchError>,
    asker: oneshot::Sender<Result<(), DispatchError>>,
) -> Option<Order> {
    let (known, answer) = match result {
        Ok(order) => (order, Ok(())),
        Err(error) => (None, Err(error)),
    };
    let _ = asker.send(answer);
    known
}

impl Handler<Job> for OrderAggregate {
    type Result = ();

    fn handle(&mut self, job: Job, ctx: &mut Context<Self>) {
        let Job { work, span, permit, .. } = job;
        let work = perform(self.desk.clone(), self.order.take(), work).instrument(span);
        // `wait`, not `spawn`: one thing at a time.
        ctx.wait(work.into_actor(self).map(move |order, aggregate, _| {
            aggregate.order = order;
            drop(permit);
        }));
    }
}

impl Handler<Passivate> for OrderAggregate {
    type Result = ();

    fn handle(&mut self, _: Passivate, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}
