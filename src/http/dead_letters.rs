//! Dead letters: list, group, replay, discard, restore.

pub(super) mod operation;
pub(super) mod view;

use actix_web::{
    HttpRequest,
    web::{self, Data, ServiceConfig},
};
use tropa_dispatch::{
    dead_letters::{DiscardDeadLetter, ReplayDeadLetter, RestoreDeadLetter},
    domain::{DeadLetterState, OrderId},
    port::DeadLetterFilter,
    reader::{DeadLetterGroups, GetDeadLetter, ListDeadLetters},
};
use uuid::Uuid;

use super::{
    admin::Operator,
    audit::Note,
    body::{Json, OptionalJson},
    edge::{Edge, ask_for},
    json::{Request, Text, request},
    methods,
    path::raw,
    problem::{Answer, Problem},
    query::Parameters,
};
use view::{DeadLetterView, GroupView, LettersResultView, PayloadView};

/// The dead letters' paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/dead-letters").reading().get(list).done())
        .service(methods::at("/api/v1/dead-letters/groups").get(groups).done())
        .service(methods::at("/api/v1/dead-letters/operations").post(operation::operate).done())
        .service(methods::at("/api/v1/dead-letters/{id}").get(get).done())
        .service(methods::at("/api/v1/dead-letters/{id}/replay").post(replay).done())
        .service(methods::at("/api/v1/dead-letters/{id}/discard").post(discard).done())
        .service(methods::at("/api/v1/dead-letters/{id}/restore").post(restore).done())
        .service(methods::at("/api/v1/dead-letters/{id}/payload").get(payload).done());
}

/// Dead letters, newest failure first.
#[utoipa::path(
    get, path = "/api/v1/dead-letters", tag = "dead letters", operation_id = "list_dead_letters",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; 50 when left out"),
        ("offset" = Option<u32>, Query, minimum = 0, maximum = 1_000_000, description = "Letters to pass over"),
        ("state" = Option<DeadLetterState>, Query, description = "Only in this state"),
        ("fingerprint" = Option<String>, Query, pattern = "^[0-9a-f]{64}$", description = "Only of this group"),
        ("topic" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only with this routing key"),
        ("order_id" = Option<String>, Query, pattern = "^[A-Za-z0-9._:~-]{1,128}$", description = "Only about this order"),
    ),
    responses((status = 200, description = "Dead letters", body = Vec<DeadLetterView>))
)]
async fn list(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<Vec<DeadLetterView>>> {
    let mut parameters = Parameters::of(&request);
    let filter = DeadLetterFilter {
        ids: None,
        state: parameters.optional::<DeadLetterState>("state"),
        fingerprint: parameters.optional::<operation::Group>("fingerprint").map(|group| group.0),
        topic: parameters.text("topic"),
        order_id: parameters.optional::<OrderId>("order_id"),
        limit: parameters.number("limit", 1..=1_000).unwrap_or(50),
        offset: parameters.number("offset", 0..=1_000_000).unwrap_or(0),
    };
    parameters.finish()?;
    let letters = edge.ask(&edge.handles.reader, ListDeadLetters(filter)).await??;
    Ok(web::Json(letters.into_iter().map(DeadLetterView::from).collect()))
}

/// Parked dead letters by kind, largest group first.
#[utoipa::path(
    get, path = "/api/v1/dead-letters/groups", tag = "dead letters", operation_id = "list_dead_letter_groups",
    responses((status = 200, description = "Groups", body = Vec<GroupView>))
)]
async fn groups(edge: Data<Edge>) -> Answer<web::Json<Vec<GroupView>>> {
    let groups = edge.ask(&edge.handles.reader, DeadLetterGroups).await??;
    Ok(web::Json(groups.into_iter().map(GroupView::from).collect()))
}

/// One dead letter.
#[utoipa::path(
    get, path = "/api/v1/dead-letters/{id}", tag = "dead letters", operation_id = "get_dead_letter",
    params(("id" = Uuid, Path, description = "The dead letter's id")),
    responses((status = 200, description = "The dead letter", body = DeadLetterView))
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<DeadLetterView>> {
    let id = id(&request)?;
    let found = edge.ask(&edge.handles.reader, GetDeadLetter(id)).await?;
    let letter = found.map_err(|error| missing(error, id))?;
    Ok(web::Json(letter.into()))
}

request! {
    /// Nothing need be said.
    struct ReplayDeadLetterBody {}
}

request! {
    /// Why a letter is given up.
    struct DiscardDeadLetterBody {
        /// Kept with the letter.
        #[schema(example = "order was phoned in again")]
        reason: String = required Text { min_length = 1, max_length = 500 };
    }
}

/// Sends a dead letter again, under a fresh event id: operators only.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/{id}/replay", tag = "dead letters", operation_id = "replay_dead_letter",
    request_body = Option<ReplayDeadLetterBody>,
    params(("id" = Uuid, Path, description = "The dead letter's id")),
    responses((status = 200, description = "It is on its way", body = LettersResultView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn replay(
    _: Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    body: OptionalJson,
) -> Answer<web::Json<LettersResultView>> {
    ReplayDeadLetterBody::read(&body.0)?;
    let id = id(&request)?;
    let deadline = edge.options.limits.command_deadline;
    let replayed = ask_for(edge.dead_letters()?, deadline, ReplayDeadLetter(id)).await?;
    let sent = replayed.map_err(|error| missing(error, id))?;
    Ok(web::Json(LettersResultView::one(sent)))
}

/// Gives a dead letter up, with a reason: operators only.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/{id}/discard", tag = "dead letters", operation_id = "discard_dead_letter",
    request_body = DiscardDeadLetterBody,
    params(("id" = Uuid, Path, description = "The dead letter's id")),
    responses((status = 200, description = "It is given up", body = LettersResultView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn discard(
    _: Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    body: Json,
) -> Answer<web::Json<LettersResultView>> {
    let DiscardDeadLetterBody { reason } = DiscardDeadLetterBody::read(&body.0)?;
    Note::on(&request, |note| note.reason = Some(reason.clone()));
    let id = id(&request)?;
    let deadline = edge.options.limits.command_deadline;
    let discarded = ask_for(edge.dead_letters()?, deadline, DiscardDeadLetter { id, reason }).await?;
    discarded.map_err(|error| missing(error, id))?;
    Ok(web::Json(LettersResultView::one(true)))
}

/// Parks a dead letter again that was given up: operators only.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/{id}/restore", tag = "dead letters", operation_id = "restore_dead_letter",
    request_body = Option<ReplayDeadLetterBody>,
    params(("id" = Uuid, Path, description = "The dead letter's id")),
    responses((status = 200, description = "It is parked", body = LettersResultView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn restore(
    _: Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    body: OptionalJson,
) -> Answer<web::Json<LettersResultView>> {
    ReplayDeadLetterBody::read(&body.0)?;
    let id = id(&request)?;
    let deadline = edge.options.limits.command_deadline;
    let restored = ask_for(edge.dead_letters()?, deadline, RestoreDeadLetter(id)).await?;
    restored.map_err(|error| missing(error, id))?;
    Ok(web::Json(LettersResultView::one(true)))
}

/// What a dead letter says: operators only, and it is written down who looked.
#[utoipa::path(
    get, path = "/api/v1/dead-letters/{id}/payload", tag = "dead letters", operation_id = "get_dead_letter_payload",
    params(("id" = Uuid, Path, description = "The dead letter's id")),
    responses((status = 200, description = "Its body and its headers", body = PayloadView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn payload(_: Operator, request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<PayloadView>> {
    let id = id(&request)?;
    let found = edge.ask(&edge.handles.reader, GetDeadLetter(id)).await?;
    let letter = found.map_err(|error| missing(error, id))?;
    Ok(web::Json(letter.into()))
}

fn missing(error: impl Into<Problem>, id: Uuid) -> Problem {
    error.into().named(format_args!("dead letter {id}"))
}

fn id(request: &HttpRequest) -> Answer<Uuid> {
    Uuid::parse_str(raw(request, "id")).map_err(|_| Problem::field("id", "must be a UUID"))
}
