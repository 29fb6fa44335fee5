//! The `OrderAggregate`: one for each order, which does one thing at a time.
//!
//! Owns its order, loaded on the first need. Receives [`Job`]s from its shard, which starts it on the first one and passivates
//! it when it has nothing to do. It is an optimisation, not the safety: the guarded update in the database is. A panic ends
//! this one aggregate and its job, whose asker learns that the outcome is unknown.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::{Instrument, Span};
use tropa_supervision::DynamicChild;

use super::DispatchError;
use super::desk::Desk;
use super::dispatch::{DispatchOrder, FailOrder};
use super::message::{CommandError, CommandOrder};
use crate::domain::{Order, OrderId};
use crate::duty::Hold;

/// One thing to do, and who waits for it.
pub(crate) enum Work {
    Dispatch(Box<DispatchOrder>, oneshot::Sender<Result<(), DispatchError>>),
    Fail(Box<FailOrder>, oneshot::Sender<Result<(), DispatchError>>),
    Command(Box<CommandOrder>, oneshot::Sender<Result<Order, CommandError>>),
}

/// Work for one order. The permit bounds its shard from end to end, whichever queue the job waits in.
pub struct Job {
    pub(crate) work: Work,
    pub(crate) span: Span,
    pub(crate) permit: OwnedSemaphorePermit,
}

/// One order.
pub struct OrderAggregate {
    desk: Arc<Desk>,
    order: Option<Order>,
    _held: Hold,
}

impl OrderAggregate {
    /// One that knows nothing of its order yet.
    pub fn new(desk: Arc<Desk>) -> Self {
        desk.metrics.aggregates.inc();
        Self { _held: desk.duty.aggregate(), desk, order: None }
    }
}

impl Drop for OrderAggregate {
    fn drop(&mut self) {
        self.desk.metrics.aggregates.dec();
    }
}

impl DynamicChild for OrderAggregate {
    type Key = OrderId;
    type Message = Job;

    async fn handle(&mut self, Job { work, span, permit }: Job) {
        self.order = perform(&self.desk, self.order.take(), work).instrument(span).await;
        drop(permit);
    }
}

/// Does the work and tells who waits; returns the order as it stands, `None` when that is not known.
async fn perform(desk: &Desk, order: Option<Order>, work: Work) -> Option<Order> {
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
