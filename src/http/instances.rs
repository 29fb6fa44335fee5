//! The running processes: who there is, and taking one out of the work.

pub(super) mod view;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use serde::Serialize;
use tropa_dispatch::{
    domain::Phase,
    port::{Instruction, Outcome},
    upkeep::{ListInstances, Route, carry_out},
};
use utoipa::ToSchema;

use super::{
    admin::Operator,
    audit::Note,
    body::OptionalJson,
    edge::{Edge, ask_for},
    json::{Request, Text, request},
    methods,
    path::raw,
    problem::{Answer, Kind, Problem},
};
use view::InstanceView;

/// The instances' paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/instances").get(list).done())
        .service(methods::at("/api/v1/instances/{id}/drain").post(drain).done())
        .service(methods::at("/api/v1/instances/{id}/resume").post(resume).done())
        .service(methods::at("/api/v1/instances/{id}").get(get).done());
}

request! {
    /// Why an instance is taken out of the work, or put back.
    struct InstanceCommand {
        /// Logged.
        #[schema(example = "deploy")]
        reason: Option<String> = optional Text { min_length = 1, max_length = 500 };
    }
}

/// An instance was told.
#[derive(Serialize, ToSchema)]
#[schema(as = InstanceCommandSent)]
pub(super) struct EnteredView {
    /// The instance.
    id: String,
    /// How far it is now.
    phase: Phase,
}

/// Every instance that was heard of within the last hour; in standalone mode this one.
///
/// `live`: heard of within 5 s; `stale`: within 10 s; `gone`: longer ago, its leases run out and others take its work over;
/// `stopped`: it left in good order. While the registry does not answer, an instance answers for itself, and the others are
/// `unknown`.
#[utoipa::path(
    get, path = "/api/v1/instances", tag = "instances", operation_id = "list_instances",
    responses((status = 200, description = "The processes", body = Vec<InstanceView>))
)]
async fn list(edge: Data<Edge>) -> Answer<web::Json<Vec<InstanceView>>> {
    read(&edge).await.map(web::Json)
}

/// One instance.
#[utoipa::path(
    get, path = "/api/v1/instances/{id}", tag = "instances", operation_id = "get_instance",
    params(("id" = String, Path, description = "The instance's id", example = "tropa")),
    responses((status = 200, description = "The instance", body = InstanceView))
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<InstanceView>> {
    let id = raw(&request, "id");
    let named = read(&edge).await?.into_iter().find(|instance| instance.id == id);
    named.map(web::Json).ok_or_else(|| Problem::new(Kind::NotFound, format!("there is no instance {id}")))
}

/// Takes an instance out of the work: operators only.
///
/// It is not ready any more and refuses new orders with 503 `draining`; its relay claims nothing more and awaits its
/// confirms; its consumers leave and finish what they hold. Then it is `drained`: it lives, holds nothing, and can be
/// resumed or stopped. Works from whichever instance is asked.
#[utoipa::path(
    post, path = "/api/v1/instances/{id}/drain", tag = "instances", operation_id = "drain_instance",
    request_body = Option<InstanceCommand>,
    params(("id" = String, Path, description = "The instance's id", example = "tropa")),
    responses((status = 202, description = "It drains, or is drained already", body = EnteredView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn drain(
    _: Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    body: OptionalJson,
) -> Answer<HttpResponse> {
    let reason = reason(&request, &body)?;
    enter(&edge, raw(&request, "id"), Instruction::Drain { reason }).await
}

/// Puts an instance back to work: operators only.
#[utoipa::path(
    post, path = "/api/v1/instances/{id}/resume", tag = "instances", operation_id = "resume_instance",
    request_body = Option<InstanceCommand>,
    params(("id" = String, Path, description = "The instance's id", example = "tropa")),
    responses((status = 202, description = "It works", body = EnteredView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn resume(
    _: Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    body: OptionalJson,
) -> Answer<HttpResponse> {
    let reason = reason(&request, &body)?;
    enter(&edge, raw(&request, "id"), Instruction::Resume { reason }).await
}

fn reason(request: &HttpRequest, body: &OptionalJson) -> Answer<String> {
    let reason = InstanceCommand::read(&body.0)?.reason;
    Note::on(request, |note| note.reason.clone_from(&reason));
    Ok(reason.unwrap_or_else(|| "over HTTP".to_owned()))
}

async fn enter(edge: &Edge, id: &str, instruction: Instruction) -> Answer<HttpResponse> {
    let handles = &edge.handles;
    let outcome = if id == handles.identity.id {
        carry_out(instruction, &handles.system, &handles.duty).await
    } else {
        route(edge, id, instruction).await?
    };
    match outcome {
        Outcome::Entered { phase } => {
            Ok(HttpResponse::Accepted().json(EnteredView { id: id.to_owned(), phase }))
        }
        other => Err(unexpected(&other)),
    }
}

/// What is said of an outcome that is none of the instruction's.
pub(super) fn unexpected(outcome: &Outcome) -> Problem {
    match outcome {
        Outcome::Refused { error } => (*error).into(),
        _ => Problem::new(Kind::Internal, "the instance did something else"),
    }
}

/// Has another instance do something.
pub(super) async fn route(edge: &Edge, instance: &str, instruction: Instruction) -> Answer<Outcome> {
    let deadline = edge.options.limits.command_deadline;
    // What is left is for finding it.
    let route = Route { instance: instance.to_owned(), instruction, patience: deadline.mul_f64(0.6) };
    Ok(ask_for(&edge.handles.registrar, deadline, route).await??)
}

/// What the list, the stream and the console show.
pub(super) async fn read(edge: &Edge) -> Answer<Vec<InstanceView>> {
    let members = edge.ask(&edge.handles.registrar, ListInstances).await?;
    let (me, now) = (edge.handles.identity.boot, edge.handles.clock.now());
    Ok(members.into_iter().map(|member| InstanceView::new(member, me, now)).collect())
}
