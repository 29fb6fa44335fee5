//! The fleet: who drives, and where they are.

pub(super) mod positions;
mod report;
mod request;
pub(super) mod view;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data, ServiceConfig},
};
use tropa_dispatch::{
    domain::{BoundingBox, DriverId, DriverStatus},
    drivers::{GetDriver, ListDrivers, PutDriver, RemoveDriver, ReportPositions},
    port::DriverFilter,
};

use super::{
    body::Json, edge::Edge, json::Request, methods, path::segment, problem::Answer, query::Parameters,
};
use report::{PositionSchema, TakenView};
use view::{DriverPageView, DriverView};

/// Drivers on a page when the caller does not say.
const DEFAULT_LIMIT: u32 = 100;

/// The drivers' paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/drivers").reading().get(list).done())
        .service(methods::at(positions::PATH).post(positions::report_many).done())
        .service(methods::at("/api/v1/drivers/{id}").get(get).put(put).delete(remove).done())
        .service(methods::at("/api/v1/drivers/{id}/position").post(report).done());
}

/// Adds a driver, or renames one and changes whether they take orders.
#[utoipa::path(
    put, path = "/api/v1/drivers/{id}", tag = "drivers", operation_id = "put_driver",
    request_body = request::PutDriver,
    params(("id" = String, Path, description = "The driver's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$")),
    responses(
        (status = 201, description = "The driver, who is new", body = DriverView, headers(
            ("Location" = String, description = "The driver's path"))),
        (status = 200, description = "The driver, who was there", body = DriverView))
)]
async fn put(request: HttpRequest, edge: Data<Edge>, body: Json) -> Answer<HttpResponse> {
    let id: DriverId = segment(&request, "id")?;
    let request::PutDriver { name, status } = Request::read(&body.0)?;
    let put = edge.ask(edge.drivers()?, PutDriver { id, name, status }).await??;
    let mut response = if put.created { HttpResponse::Created() } else { HttpResponse::Ok() };
    if put.created {
        response.insert_header((header::LOCATION, format!("/api/v1/drivers/{}", put.driver.id)));
    }
    Ok(response.json(DriverView::from(put.driver)))
}

/// Says where a driver is.
///
/// What is said besides and makes no sense is left out, and named in the answer.
#[utoipa::path(
    post, path = "/api/v1/drivers/{id}/position", tag = "drivers", operation_id = "report_position",
    request_body = PositionSchema,
    params(("id" = String, Path, description = "The driver's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$")),
    responses((status = 200, description = "Noted; and whether the driver can be given orders", body = TakenView))
)]
async fn report(request: HttpRequest, edge: Data<Edge>, body: Json) -> Answer<web::Json<TakenView>> {
    let id: DriverId = segment(&request, "id")?;
    let report = report::report(&body.0)?;
    let reported = edge.ask(edge.drivers()?, ReportPositions(vec![(id.clone(), report)])).await??;
    let taken = report::taken(reported).map(web::Json);
    taken.map_err(|problem| problem.named(format_args!("driver {id}: PUT /api/v1/drivers/{id} makes one")))
}

/// Drivers, in the order of their ids.
#[utoipa::path(
    get, path = "/api/v1/drivers", tag = "drivers", operation_id = "list_drivers",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; 100 when left out"),
        ("after" = Option<String>, Query, pattern = "^[A-Za-z0-9._:~-]{1,128}$", description = "Only behind this driver: the last page's `next_after`"),
        ("status" = Option<DriverStatus>, Query, description = "Only with this status"),
        ("bbox" = Option<String>, Query, description = "Only inside this box: `west,south,east,north` in degrees, as in GeoJSON", example = "-46.8,-23.7,-46.4,-23.4"),
    ),
    responses((status = 200, description = "A page", body = DriverPageView, headers(
        ("Link" = Option<String>, description = "`rel=\"next\"`: the next page"))))
)]
async fn list(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let mut parameters = Parameters::of(&request);
    let filter = DriverFilter {
        status: parameters.optional::<DriverStatus>("status"),
        bbox: parameters.optional::<request::Corners>("bbox").map(BoundingBox::from),
        after: parameters.optional::<DriverId>("after"),
        limit: parameters.number("limit", 1..=1_000).unwrap_or(DEFAULT_LIMIT),
    };
    parameters.finish()?;
    let limit = filter.limit;
    let drivers = edge.ask(edge.drivers()?, ListDrivers(filter)).await??;
    let next = drivers.last().filter(|_| drivers.len() == limit as usize).map(|d| d.id.to_string());
    let mut response = HttpResponse::Ok();
    if let Some(after) = &next {
        response.insert_header((header::LINK, request::next_page(request.query_string(), after)));
    }
    let drivers = drivers.into_iter().map(DriverView::from).collect();
    Ok(response.json(DriverPageView { drivers, next_after: next }))
}

/// One driver.
#[utoipa::path(
    get, path = "/api/v1/drivers/{id}", tag = "drivers", operation_id = "get_driver",
    params(("id" = String, Path, description = "The driver's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$")),
    responses((status = 200, description = "The driver", body = DriverView))
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<DriverView>> {
    let id: DriverId = segment(&request, "id")?;
    let driver = edge.ask(edge.drivers()?, GetDriver(id)).await??;
    Ok(web::Json(driver.into()))
}

/// Forgets a driver; refused while they have an order.
#[utoipa::path(
    delete, path = "/api/v1/drivers/{id}", tag = "drivers", operation_id = "remove_driver",
    params(("id" = String, Path, description = "The driver's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$")),
    responses((status = 204, description = "Forgotten"))
)]
async fn remove(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let id: DriverId = segment(&request, "id")?;
    edge.ask(edge.drivers()?, RemoveDriver(id)).await??;
    Ok(HttpResponse::NoContent().finish())
}
