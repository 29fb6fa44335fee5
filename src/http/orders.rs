//! Orders: accept, look, command.

pub(super) mod aggregates;
pub(super) mod command;
mod event_view;
pub(super) mod lanes;
pub(super) mod list;
pub(super) mod operation;
pub(super) mod request;
pub(super) mod schema;
pub(super) mod silence;
pub(super) mod view;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header,
    web::{self, Data, ServiceConfig},
};
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{Order, OrderId, OrderNumber},
    intake::{Submit, Submitted},
    reader::{GetOrder, GetOrderByNumber, ReadTimeline},
};

use super::{
    body::Json,
    conditional::{etag_of, none_match},
    edge::Edge,
    idempotency, methods,
    path::segment,
    problem::{Answer, Problem},
    trace::Trace,
};
use event_view::EventView;
use silence::Silence;
use view::OrderView;

/// The order's paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/orders").post(create).reading().get(list::list).done())
        .service(methods::at("/api/v1/orders/number/{order_number}").get(by_number).done())
        // An order may have this id, too.
        .service(methods::at("/api/v1/orders/{id:operations}").post(operation::operate).get(get).done())
        .service(methods::at("/api/v1/aggregates").reading().get(aggregates::list).done())
        .service(methods::at("/api/v1/orders/{id}").get(get).done())
        .service(methods::at("/api/v1/orders/{id}/events").get(events).done())
        .service(methods::at("/api/v1/orders/{id}/lanes").get(lanes::lanes).done())
        .configure(command::routes);
}

/// Accepts an order.
///
/// Answered once the order is durable. The same id with the same content is answered 200 with the order as it stands; a
/// repeated `Idempotency-Key` with the first answer, marked `Idempotency-Replayed: true`.
#[utoipa::path(
    post, path = "/api/v1/orders", tag = "orders", operation_id = "create_order",
    request_body = schema::NewOrderSchema,
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "Makes repeating safe: 1 to 255 visible ASCII characters, the caller's own per route, whatever token they show, kept 7 days. Callers who show an opaque token, or none, share theirs: let it be unique by itself")),
    responses(
        (status = 201, description = "Accepted, and durable", body = OrderView, headers(
            ("Location" = String, description = "The order's path"),
            ("ETag" = String, description = "The order's version, quoted"),
            ("Idempotency-Replayed" = Option<String>, description = "`true` when it was answered before"))),
        (status = 200, description = "The order was there, with the same content", body = OrderView, headers(
            ("Location" = String, description = "The order's path"),
            ("ETag" = String, description = "The order's version, quoted"))),
    )
)]
async fn create(request: HttpRequest, edge: Data<Edge>, trace: Trace, body: Json) -> Answer<HttpResponse> {
    let submit = Submit {
        order: request::new_order(&body.0)?,
        key: idempotency::key(&request, "POST /api/v1/orders")?,
        trace: Some(trace.0),
    };
    let (mut response, order) = match edge.ask(edge.intake()?, submit).await?? {
        Submitted::Created(order) => (HttpResponse::Created(), order),
        Submitted::Existing(order) => (HttpResponse::Ok(), order),
        Submitted::Replayed(order) => {
            let mut response = HttpResponse::Created();
            response.insert_header((idempotency::REPLAYED, "true"));
            (response, order)
        }
    };
    response.insert_header((header::LOCATION, format!("/api/v1/orders/{}", order.id)));
    Ok(answer(&edge, response, order).await)
}

/// One order.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}", tag = "orders", operation_id = "get_order",
    params(("id" = String, Path, description = "The order's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$"),
        ("If-None-Match" = Option<String>, Header, description = "An entity tag the caller has already")),
    responses(
        (status = 200, description = "The order", body = OrderView, headers(
            ("ETag" = String, description = "The order's version, quoted; with a dot and a number behind it while its driver is silent"))),
        (status = 304, description = "Nothing has changed"),
    )
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let id: OrderId = segment(&request, "id")?;
    let found = edge.ask(&edge.handles.reader, GetOrder(id.clone())).await?;
    let order = found.map_err(|error| Problem::from(error).named(format_args!("order {id}")))?;
    Ok(shown(&request, &edge, order).await)
}

/// One order, by its number.
#[utoipa::path(
    get, path = "/api/v1/orders/number/{order_number}", tag = "orders", operation_id = "get_order_by_number",
    params(("order_number" = String, Path, description = "The order's number", pattern = "^[A-Za-z0-9._:~-]{1,128}$"),
        ("If-None-Match" = Option<String>, Header, description = "An entity tag the caller has already")),
    responses(
        (status = 200, description = "The order", body = OrderView, headers(
            ("ETag" = String, description = "The order's version, quoted; with a dot and a number behind it while its driver is silent"))),
        (status = 304, description = "Nothing has changed"),
    )
)]
async fn by_number(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let number: OrderNumber = segment(&request, "order_number")?;
    let found = edge.ask(&edge.handles.reader, GetOrderByNumber(number.clone())).await?;
    let missing = format_args!("order with the number {number}");
    let order = found.map_err(|error| Problem::from(error).named(missing))?;
    Ok(shown(&request, &edge, order).await)
}

/// An order's timeline: every transition, first to last.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/events", tag = "orders", operation_id = "list_order_events",
    params(("id" = String, Path, description = "The order's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$")),
    responses((status = 200, description = "Its events", body = Vec<EventView>))
)]
async fn events(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<Vec<EventView>>> {
    let id: OrderId = segment(&request, "id")?;
    let found = edge.ask(&edge.handles.reader, ReadTimeline(id.clone())).await?;
    let events = found.map_err(|error| Problem::from(error).named(format_args!("order {id}")))?;
    Ok(web::Json(events.into_iter().map(EventView::from).collect()))
}

async fn shown(request: &HttpRequest, edge: &Edge, order: Order) -> HttpResponse {
    let since = silent_since(edge, &order).await;
    let tag = etag_of(order.version, since);
    if none_match(request, &tag) {
        return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
    }
    tagged(HttpResponse::Ok(), order, since)
}

/// The order with its entity tag.
async fn answer(edge: &Edge, response: HttpResponseBuilder, order: Order) -> HttpResponse {
    let since = silent_since(edge, &order).await;
    tagged(response, order, since)
}

async fn silent_since(edge: &Edge, order: &Order) -> Option<OffsetDateTime> {
    Silence::of(edge, std::slice::from_ref(order)).await.since(order)
}

fn tagged(mut response: HttpResponseBuilder, order: Order, since: Option<OffsetDateTime>) -> HttpResponse {
    response
        .insert_header((header::ETAG, etag_of(order.version, since)))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(OrderView::from(order).silent_since(since))
}
