//! What is done to many things at once: how far it is, stop, undo.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    clerk::{FirstItems, GetOperation, ListOperations, Operate, StopOperation, UndoOperation},
    domain::{Operation, OperationError, OperationKind, OperationState},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    admin::{Operator, Viewer},
    audit::Note,
    body::OptionalJson,
    edge::{Edge, ask_for},
    json::{Request, Text, request},
    methods,
    path::raw,
    problem::{Answer, Problem},
    query::Parameters,
    trace::Trace,
};

/// Things of a set that a dry run shows.
const SAMPLE: u32 = 10;

/// The operations' paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/operations").reading().get(list).done())
        .service(methods::at("/api/v1/operations/{id}").get(get).done())
        .service(methods::at("/api/v1/operations/{id}/stop").post(stop).done())
        .service(methods::at("/api/v1/operations/{id}/undo").post(undo).done());
}

request! {
    /// Why what was done is undone.
    struct OperationUndo {
        /// In the caller's words.
        reason: Option<String> = optional Text { min_length = 1, max_length = 500 };
    }
}

/// Something that is done to many things at once.
#[derive(Serialize, ToSchema)]
#[schema(as = Operation)]
pub(super) struct OperationView {
    /// Sorts by when it was asked for.
    id: Uuid,
    /// What is done, and to what.
    kind: OperationKind,
    /// How far it is.
    state: OperationState,
    /// How many things it is about.
    matched: u64,
    /// Of these, done.
    done: u64,
    /// Left alone, because they had changed meanwhile.
    skipped: u64,
    /// Tried in vain.
    failed: u64,
    /// At most so many a second; `null` = as fast as they go.
    rate: Option<u32>,
    /// Who asked for it.
    subject: Option<String>,
    /// Why.
    reason: Option<String>,
    /// The first ten that failed.
    errors: Vec<OperationError>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<OffsetDateTime>,
}

impl From<Operation> for OperationView {
    fn from(of: Operation) -> Self {
        Self {
            id: of.id,
            kind: of.kind,
            state: of.state,
            matched: of.matched,
            done: of.done,
            skipped: of.skipped,
            failed: of.failed,
            rate: of.rate,
            subject: of.subject,
            reason: of.reason,
            errors: of.errors,
            created_at: of.created_at,
            started_at: of.started_at,
            ended_at: of.ended_at,
        }
    }
}

/// What came of something, when the answer went out.
#[derive(Serialize, ToSchema)]
#[schema(as = OperationResult)]
pub(super) struct ResultView {
    /// How many match.
    matched: u64,
    /// Of these, done; 0 in a dry run.
    done: u64,
    /// Left alone, because they had changed meanwhile.
    skipped: u64,
    /// Tried in vain.
    failed: u64,
    /// Whether it goes on.
    under_way: bool,
    /// Whether nothing was done, and the set was kept.
    dry_run: bool,
    /// Its operation: how far it is, stop, undo. `null` where it was about one thing.
    operation: Option<Uuid>,
    /// In a dry run, the set: run within 15 minutes, it is done to exactly these.
    set: Option<Uuid>,
}

impl ResultView {
    /// Of one thing.
    pub fn one(done: bool) -> Self {
        Self {
            matched: 1,
            done: u64::from(done),
            skipped: 0,
            failed: u64::from(!done),
            under_way: false,
            dry_run: false,
            operation: None,
            set: None,
        }
    }

    fn of(operation: &Operation) -> Self {
        let dry_run = operation.state == OperationState::Frozen;
        Self {
            matched: operation.matched,
            done: operation.done,
            skipped: operation.skipped,
            failed: operation.failed,
            under_way: operation.state == OperationState::Running,
            dry_run,
            operation: Some(operation.id),
            set: dry_run.then_some(operation.id),
        }
    }

    /// 202 while it goes on.
    pub fn status(&self) -> StatusCode {
        if self.under_way { StatusCode::ACCEPTED } else { StatusCode::OK }
    }
}

/// Has it done, or its set frozen; with the targets of the first few, when it is a dry run. What it was is noted.
pub(super) async fn operate(
    edge: &Edge,
    request: &HttpRequest,
    operate: Operate,
) -> Answer<(ResultView, Vec<String>)> {
    let deadline = edge.options.limits.command_deadline;
    Note::on(request, |note| {
        note.action = Some(operate.kind.as_str().to_owned());
        note.reason.clone_from(&operate.reason);
        note.only_looked = operate.dry_run;
    });
    let operation = ask_for(&edge.handles.clerk, deadline, operate).await??;
    Note::on(request, |note| note_of(note, &operation));
    let sample = if operation.state == OperationState::Frozen {
        edge.ask(&edge.handles.clerk, FirstItems { id: operation.id, limit: SAMPLE }).await??
    } else {
        Vec::new()
    };
    Ok((ResultView::of(&operation), sample))
}

fn note_of(note: &mut Note, operation: &Operation) {
    let Operation { id, matched, done, skipped, failed, .. } = operation;
    note.target = Some(id.to_string());
    note.detail = Some(format!("{matched} matched, {done} done, {skipped} skipped, {failed} failed"));
}

/// What was done to many things at once, newest first: viewers only. Kept for 30 days.
#[utoipa::path(
    get, path = "/api/v1/operations", tag = "operations", operation_id = "list_operations",
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; 50 when left out")),
    responses((status = 200, description = "Operations", body = Vec<OperationView>)),
    security(("admin" = []), ("session" = []), ())
)]
async fn list(_: Viewer, request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<Vec<OperationView>>> {
    let mut parameters = Parameters::of(&request);
    let limit = parameters.number("limit", 1..=1_000).unwrap_or(50);
    parameters.finish()?;
    let operations = edge.ask(&edge.handles.clerk, ListOperations(limit)).await??;
    Ok(web::Json(operations.into_iter().map(OperationView::from).collect()))
}

/// One operation: viewers only.
#[utoipa::path(
    get, path = "/api/v1/operations/{id}", tag = "operations", operation_id = "get_operation",
    params(("id" = Uuid, Path, description = "The operation's id")),
    responses((status = 200, description = "The operation", body = OperationView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn get(_: Viewer, request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<OperationView>> {
    let id = id(&request)?;
    let found = edge.ask(&edge.handles.clerk, GetOperation(id)).await?;
    Ok(web::Json(found.map_err(|error| missing(error, id))?.into()))
}

/// Stops an operation; what was done stays: operators only. Heard by whichever instance carries it out, within a second or two.
#[utoipa::path(
    post, path = "/api/v1/operations/{id}/stop", tag = "operations", operation_id = "stop_operation",
    params(("id" = Uuid, Path, description = "The operation's id")),
    responses((status = 200, description = "It is stopped", body = OperationView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn stop(_: Operator, request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<OperationView>> {
    let id = id(&request)?;
    let stopped = edge.ask(&edge.handles.clerk, StopOperation(id)).await?;
    let operation = stopped.map_err(|error| missing(error, id))?;
    Note::on(&request, |note| note_of(note, &operation));
    Ok(web::Json(operation.into()))
}

/// Parks again what an operation has given up: operators only. It is an operation of its own.
#[utoipa::path(
    post, path = "/api/v1/operations/{id}/undo", tag = "operations", operation_id = "undo_operation",
    request_body = Option<OperationUndo>,
    params(("id" = Uuid, Path, description = "The operation's id")),
    responses((status = 200, description = "The operation that undoes it, done", body = OperationView),
        (status = 202, description = "The operation that undoes it, under way", body = OperationView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn undo(
    Operator(caller): Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    trace: Trace,
    body: OptionalJson,
) -> Answer<HttpResponse> {
    let id = id(&request)?;
    let OperationUndo { reason } = OperationUndo::read(&body.0)?;
    Note::on(&request, |note| note.reason.clone_from(&reason));
    let undo = UndoOperation { id, subject: Some(caller.subject), reason, trace: Some(trace.0) };
    let undone = ask_for(&edge.handles.clerk, edge.options.limits.command_deadline, undo).await?;
    let operation = undone.map_err(|error| missing(error, id))?;
    let undoing = format!("by {}: {} matched, {} done", operation.id, operation.matched, operation.done);
    Note::on(&request, |note| note.detail = Some(undoing));
    let status = ResultView::of(&operation).status();
    Ok(HttpResponse::build(status).json(OperationView::from(operation)))
}

fn missing(error: impl Into<Problem>, id: Uuid) -> Problem {
    error.into().named(format_args!("operation {id}"))
}

fn id(request: &HttpRequest) -> Answer<Uuid> {
    Uuid::parse_str(raw(request, "id")).map_err(|_| Problem::field("id", "must be a UUID"))
}
