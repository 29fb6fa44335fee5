//! Cancel, deliver, dispatch: what people tell an order.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ServiceConfig},
};
use serde::Deserialize;
use tropa_dispatch::{
    domain::DriverId,
    orders::{Command, CommandOrder},
};
use utoipa::{OpenApi, ToSchema};

use super::{answer, view::OrderView};
use crate::http::{
    body::OptionalJson,
    conditional::{if_match, never_met},
    edge::Edge,
    json::{self, parsed, text},
    methods,
    path::segment,
    problem::{Answer, Problem},
    trace::Trace,
};

/// The commands, as the API's description lists them.
#[derive(OpenApi)]
#[openapi(paths(cancel, deliver, dispatch))]
pub(in crate::http) struct Commands;

/// The commands' paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/orders/{id}/cancel").post(cancel).done())
        .service(methods::at("/api/v1/orders/{id}/deliver").post(deliver).done())
        .service(methods::at("/api/v1/orders/{id}/dispatch").post(dispatch).done());
}

/// Why an order is called off.
#[derive(Deserialize, ToSchema)]
#[schema(as = CancelOrder)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct CancelSchema {
    /// In the caller's words.
    #[schema(min_length = 1, max_length = 500, example = "customer changed their mind")]
    reason: Option<String>,
}

/// Who is to drive.
#[derive(Deserialize, ToSchema)]
#[schema(as = DispatchOrder)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct DispatchSchema {
    /// This driver; left out = a new search.
    #[schema(pattern = "^[A-Za-z0-9._:~-]{1,128}$", example = "Joao-da-Silva")]
    driver_id: Option<String>,
}

/// Nothing need be said.
#[derive(Deserialize, ToSchema)]
#[schema(as = DeliverOrder)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct DeliverSchema {}

/// Calls an order off; a driver who has it is released.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/cancel", tag = "orders", operation_id = "cancel_order",
    request_body = Option<CancelSchema>,
    params(("id" = String, Path, description = "The order's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$"),
        ("If-Match" = Option<String>, Header, description = "Only at this version")),
    responses((status = 200, description = "The order, cancelled", body = OrderView, headers(
        ("ETag" = String, description = "The order's version, quoted"))))
)]
pub(super) async fn cancel(
    request: HttpRequest,
    edge: Data<Edge>,
    trace: Trace,
    body: OptionalJson,
) -> Answer<HttpResponse> {
    let reason = json::read(&body.0, |f| Some(f.optional("reason", text(1..=500))))?;
    carry_out(&request, &edge, trace, Command::Cancel { reason }).await
}

/// Says that an order arrived; its driver is free again.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/deliver", tag = "orders", operation_id = "deliver_order",
    request_body = Option<DeliverSchema>,
    params(("id" = String, Path, description = "The order's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$"),
        ("If-Match" = Option<String>, Header, description = "Only at this version")),
    responses((status = 200, description = "The order, delivered", body = OrderView, headers(
        ("ETag" = String, description = "The order's version, quoted"))))
)]
pub(super) async fn deliver(
    request: HttpRequest,
    edge: Data<Edge>,
    trace: Trace,
    body: OptionalJson,
) -> Answer<HttpResponse> {
    json::read(&body.0, |_| Some(()))?;
    carry_out(&request, &edge, trace, Command::Deliver).await
}

/// Gives an order a driver by hand: a named one, or by a new search. Resolves `MANUAL_DISPATCH`.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/dispatch", tag = "orders", operation_id = "dispatch_order",
    request_body = Option<DispatchSchema>,
    params(("id" = String, Path, description = "The order's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$"),
        ("If-Match" = Option<String>, Header, description = "Only at this version")),
    responses((status = 200, description = "The order, dispatched", body = OrderView, headers(
        ("ETag" = String, description = "The order's version, quoted"))))
)]
pub(super) async fn dispatch(
    request: HttpRequest,
    edge: Data<Edge>,
    trace: Trace,
    body: OptionalJson,
) -> Answer<HttpResponse> {
    let driver_id = json::read(&body.0, |f| Some(f.optional("driver_id", parsed::<DriverId>)))?;
    carry_out(&request, &edge, trace, Command::Dispatch { driver_id }).await
}

async fn carry_out(
    request: &HttpRequest,
    edge: &Edge,
    trace: Trace,
    command: Command,
) -> Answer<HttpResponse> {
    let command = CommandOrder {
        id: segment(request, "id")?,
        command,
        expected_version: if_match(request)?,
        trace: Some(trace.0),
    };
    let (id, expected) = (command.id.clone(), command.expected_version);
    match edge.orders()?.command(command, edge.options.limits.command_deadline).await {
        Ok(order) => Ok(answer(edge, HttpResponse::Ok(), order).await),
        Err(error) => Err(never_met(Problem::from(error).named(format_args!("order {id}")), expected)),
    }
}
