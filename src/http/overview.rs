//! The whole at a glance: counts, the outbox.

mod conservation;
mod counts;

use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;
use tropa_dispatch::{
    port::Backlog,
    reader::{GetOverview, OutboxState, OutboxTopics, Overview},
};
use utoipa::ToSchema;

use self::{conservation::Conservation, counts::Counts};
use super::{edge::Edge, methods, outbox::BacklogView, problem::Answer};

/// The paths of what is seen at a glance.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/overview").get(overview).done())
        .service(methods::at("/api/v1/outbox").get(outbox).done());
}

/// The whole at a glance; at most a second old.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Overview)]
pub(super) struct OverviewView {
    /// Orders by state.
    orders: Counts,
    /// Whether each order that was accepted is somewhere.
    conservation: Conservation,
    /// The outbox.
    outbox: OutboxView,
    /// Dead letters that wait for a person.
    dead_letters: u64,
    /// Drivers held by an order.
    drivers_claimed: u64,
    /// Orders accepted a second, in the last full minute.
    accepted_per_second: f64,
    /// Orders dispatched a second, in the last full minute.
    dispatched_per_second: f64,
    /// Since this process started.
    uptime_ms: u64,
}

/// What the outbox holds.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Outbox)]
pub(super) struct OutboxView {
    /// Unpublished rows, those due later included.
    pending: u64,
    /// Of these, postponed: due later.
    postponed: u64,
    /// Age of the oldest row that is due; `null` when none is.
    oldest_due_ms: Option<u64>,
    /// Due rows above which orders are refused with 503.
    limit: u64,
}

/// The whole at a glance; at most a second old.
#[utoipa::path(
    get, path = "/api/v1/overview", tag = "operations", operation_id = "get_overview",
    responses((status = 200, description = "The whole", body = OverviewView))
)]
async fn overview(edge: Data<Edge>) -> Answer<web::Json<OverviewView>> {
    read(&edge).await.map(web::Json)
}

/// What the console and the stream show.
pub(super) async fn read(edge: &Edge) -> Answer<OverviewView> {
    let overview = edge.ask(&edge.handles.reader, GetOverview).await??;
    Ok(OverviewView::new(&overview, edge.handles.settings.backlog_limit))
}

/// What the outbox holds.
#[utoipa::path(
    get, path = "/api/v1/outbox", tag = "operations", operation_id = "get_outbox",
    responses((status = 200, description = "The backlog", body = BacklogView))
)]
async fn outbox(edge: Data<Edge>) -> Answer<web::Json<BacklogView>> {
    backlog(&edge).await.map(web::Json)
}

/// What waits in the outbox.
pub(super) async fn backlog(edge: &Edge) -> Answer<BacklogView> {
    let backlog = edge.ask(&edge.handles.reader, OutboxState).await??;
    let topics = edge.ask(&edge.handles.reader, OutboxTopics).await??;
    Ok(BacklogView::new(OutboxView::new(backlog, edge.handles.settings.backlog_limit), topics))
}

impl OverviewView {
    /// Whether it says nothing new: everything but the ages is the same.
    pub fn repeats(&self, before: &Self) -> bool {
        let outbox = OutboxView { oldest_due_ms: before.outbox.oldest_due_ms, ..self.outbox.clone() };
        Self { uptime_ms: before.uptime_ms, outbox, ..self.clone() } == *before
    }

    fn new(overview: &Overview, backlog_limit: u64) -> Self {
        Self {
            orders: Counts(overview.orders.states),
            conservation: Conservation(overview.orders),
            outbox: OutboxView::new(overview.backlog, backlog_limit),
            dead_letters: overview.dead_letters,
            drivers_claimed: overview.drivers_claimed,
            accepted_per_second: overview.accepted_per_second,
            dispatched_per_second: overview.dispatched_per_second,
            uptime_ms: overview.uptime.as_millis() as u64,
        }
    }
}

impl OutboxView {
    fn new(backlog: Backlog, limit: u64) -> Self {
        let oldest_due_ms = backlog.oldest_due.map(|age| age.as_millis() as u64);
        Self { pending: backlog.pending, postponed: backlog.postponed, oldest_due_ms, limit }
    }
}
