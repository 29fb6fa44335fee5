//! Whether the process lives, whether it can take orders, and what it counts.

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use prometheus::{Encoder, Registry, TextEncoder};
use serde::Serialize;
use tropa_dispatch::{intake::SubmitError, reader::Readiness};
use utoipa::ToSchema;

use super::{
    edge::Edge,
    methods,
    problem::{Answer, Kind, Problem},
};

/// The probes' paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/livez").get(live).done())
        .service(methods::at("/health").get(live).done())
        .service(methods::at("/healthz").get(live).done())
        .service(methods::at("/readyz").get(ready).done())
        .service(methods::at("/ready").get(ready).done())
        .configure(metrics_route);
}

/// `/metrics` alone, for the second listener.
pub(super) fn metrics_route(config: &mut ServiceConfig) {
    config.service(methods::at("/metrics").get(metrics).done());
}

/// How it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthView {
    /// `alive` or `ready`.
    status: &'static str,
}

/// Whether the process lives. Asks no dependency: a restart would not bring one back.
#[utoipa::path(
    get, path = "/livez", tag = "probes", operation_id = "livez",
    responses((status = 200, description = "It lives", body = HealthView))
)]
async fn live() -> web::Json<HealthView> {
    web::Json(HealthView { status: "alive" })
}

/// Whether orders can be taken: the store answers, the outbox has room, and the instance neither drains nor stops.
///
/// What the store and the outbox said is kept for a second.
#[utoipa::path(
    get, path = "/readyz", tag = "probes", operation_id = "readyz",
    responses((status = 200, description = "Orders can be taken", body = HealthView))
)]
async fn ready(edge: Data<Edge>) -> Answer<web::Json<HealthView>> {
    if *edge.stopping.borrow() {
        return Err(Problem::new(Kind::Unavailable, "stopping"));
    }
    if !edge.handles.duty.accepts() {
        return Err(SubmitError::Draining.into());
    }
    edge.ask(&edge.handles.reader, Readiness).await??;
    Ok(web::Json(HealthView { status: "ready" }))
}

/// Everything that is counted, in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "probes", operation_id = "metrics",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain"))
)]
async fn metrics(registry: Data<Registry>) -> Answer<HttpResponse> {
    let (encoder, mut text) = (TextEncoder::new(), Vec::new());
    let failed = |e: prometheus::Error| Problem::new(Kind::Internal, e.to_string());
    encoder.encode(&registry.gather(), &mut text).map_err(failed)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
