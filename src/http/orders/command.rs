//! Cancel, deliver, dispatch: what people tell an order.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ServiceConfig},
};
use tropa_dispatch::{
    domain::DriverId,
    orders::{Command, CommandOrder},
};
use utoipa::OpenApi;

use super::{answer, view::OrderView};
use crate::http::{
    audit::Note,
    body::OptionalJson,
    conditional::{if_match, never_met},
    edge::Edge,
    json::{Request, Text, parsed, request},
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

request! {
    /// Why an order is called off.
    pub(in crate::http) struct CancelOrder {
        /// In the caller's words.
        #[schema(example = "customer changed their mind")]
        reason: Option<String> = optional Text { min_length = 1, max_length = 500 };
    }
}

request! {
    /// Who is to drive.
    pub(in crate::http) struct DispatchOrder {
        /// This driver; left out = a new search.
        #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:~-]{1,128}$", example = "Joao-da-Silva")]
        driver_id: Option<DriverId> = optional parsed;
    }
}

request! {
    /// Nothing need be said.
    pub(in crate::http) struct DeliverOrder {}
}

/// Calls an order off; a driver who has it is released.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/cancel", tag = "orders", operation_id = "cancel_order",
    request_body = Option<CancelOrder>,
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
    let CancelOrder { reason } = CancelOrder::read(&body.0)?;
    Note::on(&request, |note| note.reason.clone_from(&reason));
    carry_out(&request, &edge, trace, Command::Cancel { reason }).await
}

/// Says that an order arrived; its driver is free again.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/deliver", tag = "orders", operation_id = "deliver_order",
    request_body = Option<DeliverOrder>,
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
    DeliverOrder::read(&body.0)?;
    carry_out(&request, &edge, trace, Command::Deliver).await
}

/// Gives an order a driver by hand: a named one, or by a new search. Resolves `MANUAL_DISPATCH`.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/dispatch", tag = "orders", operation_id = "dispatch_order",
    request_body = Option<DispatchOrder>,
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
    let DispatchOrder { driver_id } = DispatchOrder::read(&body.0)?;
    let named = driver_id.as_ref().map(|driver| format!("driver {driver}"));
    Note::on(&request, |note| note.detail = named);
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
