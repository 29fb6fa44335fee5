//! The pipeline as one picture: what each stage gets done, what is promised, and what needs a person.

mod view;

use actix_web::web::{self, Data, ServiceConfig};
use tropa_dispatch::{
    breaker::BreakerState,
    domain::{Presence, Status},
    reader::{GetOverview, GetPipeline},
    upkeep::{ListInstances, Member},
};

use super::{edge::Edge, methods, problem::Answer};
pub(super) use view::PipelineView;
use view::{AttentionKind, AttentionView, ObjectiveView, StageView};

/// The pipeline's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at("/api/v1/pipeline").get(pipeline).done());
}

/// The pipeline as the instance that answers sees it; at most a second old.
///
/// Rates, times and series are of this instance alone, depths of outbox, broker and orders of all. Answered whatever is away:
/// a stage whose figures cannot be had says why, and what cannot be counted is left out of `attention`.
#[utoipa::path(
    get, path = "/api/v1/pipeline", tag = "operations", operation_id = "get_pipeline",
    responses((status = 200, description = "The pipeline", body = PipelineView))
)]
async fn pipeline(edge: Data<Edge>) -> Answer<web::Json<PipelineView>> {
    read(&edge).await.map(web::Json)
}

/// What the console and the stream show.
pub(super) async fn read(edge: &Edge) -> Answer<PipelineView> {
    let pipeline = edge.ask(&edge.handles.reader, GetPipeline).await?;
    Ok(PipelineView {
        attention: attention(edge, pipeline.exhausted).await,
        stages: pipeline.stages.into_iter().map(StageView::from).collect(),
        slo: pipeline.objectives.into_iter().map(ObjectiveView::from).collect(),
    })
}

/// What there is of each kind, and needs a person; what there is none of is left out.
async fn attention(edge: &Edge, exhausted: u64) -> Vec<AttentionView> {
    let mut found = Vec::new();
    if let Ok(Ok(overview)) = edge.ask(&edge.handles.reader, GetOverview).await {
        found.push((AttentionKind::DeadLetters, overview.dead_letters));
        found.push((AttentionKind::ManualOrders, overview.orders.states[Status::ManualDispatch]));
    }
    if let Ok(members) = edge.ask(&edge.handles.registrar, ListInstances).await {
        found.push((AttentionKind::OpenBreaker, open(&members)));
        let stale = members.iter().filter(|member| member.presence == Presence::Stale);
        found.push((AttentionKind::StaleInstance, stale.count() as u64));
    }
    found.push((AttentionKind::ExhaustedBudget, exhausted));
    let silent = u64::try_from(edge.handles.metrics.drivers.silent.get()).unwrap_or_default();
    found.push((AttentionKind::SilentDrivers, silent));
    let some = found.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(kind, count)| AttentionView::new(kind, count)).collect()
}

/// Breakers of instances that are heard of, and let nothing pass.
fn open(members: &[Member]) -> u64 {
    let here = members.iter().filter(|member| matches!(member.presence, Presence::Live | Presence::Stale));
    let breakers = here.flat_map(|member| &member.report.breakers);
    breakers.filter(|breaker| breaker.state != BreakerState::Closed.as_str()).count() as u64
}
