//! The supervision tree: look, and do things to it on purpose.

pub(super) mod view;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, ServiceConfig},
};
use serde::{Deserialize, Serialize};
use tropa_supervision::ChaosCommand;
use utoipa::ToSchema;

use super::{
    admin::Admin,
    body::Json,
    edge::Edge,
    json::{self, integer, text},
    methods,
    path::raw,
    problem::{Answer, Kind, Problem},
};
use view::ActorView;

/// A path that ends in a verb is a command; any other is an actor's.
const VERBS: &str = "/api/v1/actors/{path:.+}/{verb:stop|kill|panic|hang|restart|suspend|resume}";

/// The tree's paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/actors").get(list).done())
        .service(methods::at(VERBS).post(command).done())
        .service(methods::at("/api/v1/actors/{path:.+}").get(get).done());
}

/// Who does something to an actor, and why.
#[derive(Deserialize, ToSchema)]
#[schema(as = ActorCommand)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(super) struct CommandSchema {
    /// Only this incarnation: a command that names an epoch cannot hit the replacement.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    epoch: Option<u64>,
    /// Kept with the event, and logged.
    #[schema(min_length = 1, max_length = 500, example = "game day")]
    reason: String,
}

/// A command is on its way; its effect shows in the tree and in the stream.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorCommandSent)]
pub(super) struct SentView {
    /// What was sent: `stop`, `kill`, …
    command: &'static str,
    /// The actor when it was sent.
    actor: ActorView,
}

/// What can be done to an actor.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorVerb)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "a description")]
pub(super) enum VerbSchema {
    Stop,
    Kill,
    Panic,
    Hang,
    Restart,
    Suspend,
    Resume,
}

/// Every actor: supervisors before their children, children in the order in which they start.
#[utoipa::path(
    get, path = "/api/v1/actors", tag = "actors", operation_id = "list_actors",
    responses((status = 200, description = "The tree", body = Vec<ActorView>))
)]
async fn list(edge: Data<Edge>) -> web::Json<Vec<ActorView>> {
    web::Json(edge.handles.system.picture().into_iter().map(ActorView::from).collect())
}

/// One actor.
#[utoipa::path(
    get, path = "/api/v1/actors/{path}", tag = "actors", operation_id = "get_actor",
    params(("path" = String, Path, description = "The actor's path without the leading slash, e.g. `tropa/outbox/relay`; slashes may be written `%2F`", example = "tropa/intake")),
    responses((status = 200, description = "The actor", body = ActorView))
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<ActorView>> {
    status(&edge, &place(raw(&request, "path"))).map(web::Json)
}

/// Does something to an actor on purpose: admin only.
///
/// `stop` ends it in good order, `kill` where it stands, `panic` by a panic, `hang` makes it handle nothing any more;
/// its supervisor then does what it would in earnest. `restart` replaces it in good order at no cost, `suspend` and
/// `resume` hold it and let it go on.
#[utoipa::path(
    post, path = "/api/v1/actors/{path}/{verb}", tag = "actors", operation_id = "command_actor",
    request_body = CommandSchema,
    params(("path" = String, Path, description = "The actor's path without the leading slash, e.g. `tropa/intake`; slashes may be written `%2F`"),
        ("verb" = VerbSchema, Path, description = "What to do")),
    responses((status = 202, description = "The command is on its way", body = SentView)),
    security(("admin" = []), ())
)]
async fn command(_: Admin, request: HttpRequest, edge: Data<Edge>, body: Json) -> Answer<HttpResponse> {
    let path = place(raw(&request, "path"));
    let (name, command) = verb_of(raw(&request, "verb"))?;
    let (epoch, reason) = json::read(&body.0, |f| {
        let epoch = f.optional("epoch", integer(0..=9_007_199_254_740_991));
        Some((epoch, f.required("reason", text(1..=500))?))
    })?;
    let actor = status(&edge, &path)?;
    edge.handles.system.command(&path, epoch, command, &reason)?;
    Ok(HttpResponse::Accepted().json(SentView { command: name, actor }))
}

/// The path as the tree has it. A slash that a client has encoded is a slash all the same.
fn place(path: &str) -> String {
    format!("/{}", path.replace("%2F", "/").replace("%2f", "/"))
}

fn status(edge: &Edge, path: &str) -> Answer<ActorView> {
    let status = edge.handles.system.status(path);
    status.map(ActorView::from).ok_or_else(|| Problem::new(Kind::NotFound, "no such actor"))
}

fn verb_of(verb: &str) -> Answer<(&'static str, ChaosCommand)> {
    Ok(match verb {
        "stop" => ("stop", ChaosCommand::Stop),
        "kill" => ("kill", ChaosCommand::Kill),
        "panic" => ("panic", ChaosCommand::Panic),
        "hang" => ("hang", ChaosCommand::Hang),
        "restart" => ("restart", ChaosCommand::Restart),
        "suspend" => ("suspend", ChaosCommand::Suspend),
        "resume" => ("resume", ChaosCommand::Resume),
        // The route lets no other through.
        _ => return Err(Problem::new(Kind::NotFound, "no such verb")),
    })
}
