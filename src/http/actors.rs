//! The supervision tree: look, and do things to it on purpose.

mod effects;
mod history;
mod verb;
pub(super) mod view;

use actix_web::{
    HttpRequest, HttpResponse, guard,
    web::{self, Data, ServiceConfig},
};
use serde::Serialize;
use tropa_dispatch::{
    port::{Instruction, Outcome},
    upkeep::{ListActors, carry_out},
};
use utoipa::ToSchema;

use super::{
    admin::Operator,
    audit::Note,
    body::Json,
    edge::Edge,
    instances,
    json::{Request, Text, Whole, request},
    methods,
    path::raw,
    problem::{Answer, Kind, Problem},
    query::Parameters,
};
use effects::EffectsView;
use history::HistoryView;
use verb::Times;
pub(super) use verb::Verb;
use view::ActorView;

/// What is posted to another path is meant as a command, too.
const OTHER: &str = "/api/v1/actors/{path:.+}/{verb}";

/// Asks for every instance's actors; so no instance can be called this.
pub(super) const ALL: &str = "all";

/// The tree's paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/actors").reading().get(list).done())
        .service(methods::at(&Verb::paths()).reading().post(command).done())
        .service(methods::at("/api/v1/actors/{path:.+}/history").reading().get(history).done())
        .service(methods::at("/api/v1/actors/{path:.+}/effects").reading().get(effects).done())
        .service(web::resource(OTHER).guard(guard::Post()).to(no_verb))
        .service(methods::at("/api/v1/actors/{path:.+}").reading().get(get).done());
}

request! {
    /// Who does something to an actor, and why.
    struct ActorCommand {
        /// Only this incarnation: a command that names an epoch cannot hit the replacement.
        epoch: Option<u64> = optional Whole { minimum = 0, maximum = 9_007_199_254_740_991_u64 };
        /// Kept with the event, and logged.
        #[schema(example = "game day")]
        reason: String = required Text { min_length = 1, max_length = 500 };
        /// Of `slow`: each message is handled that much later.
        delay_ms: Option<u64> = optional Whole { minimum = 1, maximum = 60_000 };
        /// Of `slow` and `block`: for how long; `block` takes 30000 at most.
        for_ms: Option<u64> = optional Whole { minimum = 1, maximum = 600_000 };
    }
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

/// Every actor of an instance: supervisors before their children, children in the order in which they start.
#[utoipa::path(
    get, path = "/api/v1/actors", tag = "actors", operation_id = "list_actors",
    params(("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id, or `all`, which leaves out those that are gone or stopped; the one that answers when left out")),
    responses((status = 200, description = "The tree, or the trees one after the other", body = Vec<ActorView>))
)]
async fn list(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<Vec<ActorView>>> {
    let of = match elsewhere(&request, &edge)? {
        None => return Ok(web::Json(own(&edge))),
        Some(instance) => (instance != ALL).then_some(instance),
    };
    trees(&edge, of).await.map(web::Json)
}

/// One actor.
#[utoipa::path(
    get, path = "/api/v1/actors/{path}", tag = "actors", operation_id = "get_actor",
    params(("path" = String, Path, description = "The actor's path without the leading slash, e.g. `tropa/outbox/relay`; slashes may be written `%2F`", example = "tropa/intake"),
        ("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id; the one that answers when left out")),
    responses((status = 200, description = "The actor", body = ActorView))
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<ActorView>> {
    let path = place(raw(&request, "path"));
    let actors = match elsewhere(&request, &edge)? {
        None => edge.handles.system.status(&path).map(|s| ActorView::of(s, &edge.handles.identity.id)),
        Some(instance) => trees(&edge, Some(instance)).await?.into_iter().find(|actor| actor.path == path),
    };
    actors.map(web::Json).ok_or_else(|| Problem::new(Kind::NotFound, format!("there is no actor {path}")))
}

/// Does something to an actor on purpose: operators may restart, suspend and resume, the rest is for the role chaos.
///
/// `stop` ends it in good order, `kill` where it stands, `panic` by a panic, `hang` makes it handle nothing any more;
/// its supervisor then does what it would in earnest. `block` blocks its whole thread for `for_ms`, and every actor there;
/// `slow` has it handle each message `delay_ms` later, for `for_ms` or until it is replaced. `restart` replaces it in good order at no cost, `suspend` and
/// `resume` hold it and let it go on. With `instance` it is done there, whichever instance is asked: at most once, and never
/// by a later start of a process under the same name.
#[utoipa::path(
    post, path = "/api/v1/actors/{path}/{verb}", tag = "actors", operation_id = "command_actor",
    request_body = ActorCommand,
    params(("path" = String, Path, description = "The actor's path without the leading slash, e.g. `tropa/intake`; slashes may be written `%2F`"),
        ("verb" = Verb, Path, description = "What to do"),
        ("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id; the one that answers when left out")),
    responses((status = 202, description = "The command is on its way", body = SentView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn command(
    Operator(caller): Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    body: Json,
) -> Answer<HttpResponse> {
    let path = place(raw(&request, "path"));
    let verb = Verb::read(raw(&request, "verb"))?;
    caller.may(verb.needs())?;
    let ActorCommand { epoch, reason, delay_ms, for_ms } = ActorCommand::read(&body.0)?;
    Note::on(&request, |note| note.reason = Some(reason.clone()));
    let command = verb.command(Times { delay_ms, for_ms })?;
    let instruction = Instruction::Actor { path: path.clone(), epoch, command, reason };
    let (outcome, instance) = told(&request, &edge, instruction).await?;
    match outcome {
        Outcome::Sent { actor } => {
            let sent = SentView { command: verb.name(), actor: ActorView::of(*actor, &instance) };
            Ok(HttpResponse::Accepted().json(sent))
        }
        other => Err(instances::unexpected(&other).named(format_args!("actor {path}"))),
    }
}

/// What an actor was like in the last quarter of an hour.
///
/// It is looked at every five seconds. `wait_p99_us` and `handle_p99_us` are those of the messages in between, null when there were
/// none. `messages` counts those of all incarnations.
#[utoipa::path(
    get, path = "/api/v1/actors/{path}/history", tag = "actors", operation_id = "get_actor_history",
    params(("path" = String, Path, description = "The actor's path without the leading slash, e.g. `tropa/intake`; slashes may be written `%2F`", example = "tropa/intake"),
        ("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id; the one that answers when left out")),
    responses((status = 200, description = "The history", body = HistoryView))
)]
async fn history(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<HistoryView>> {
    let path = place(raw(&request, "path"));
    let (outcome, _) = told(&request, &edge, Instruction::History { path: path.clone() }).await?;
    match outcome {
        Outcome::History { history } => Ok(web::Json(HistoryView::from(*history))),
        other => Err(instances::unexpected(&other).named(format_args!("actor {path}"))),
    }
}

/// What each command would do to an actor just now.
///
/// `fails` with `failing` says that its supervisor has no restart left. `takes_down` lists who else ends along; of `block`, who
/// stands still with the thread. Of several failures soon after each other the answer knows nothing.
#[utoipa::path(
    get, path = "/api/v1/actors/{path}/effects", tag = "actors", operation_id = "get_actor_effects",
    params(("path" = String, Path, description = "The actor's path without the leading slash, e.g. `tropa/intake`; slashes may be written `%2F`", example = "tropa/intake"),
        ("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id; the one that answers when left out")),
    responses((status = 200, description = "The effects", body = EffectsView))
)]
async fn effects(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<EffectsView>> {
    let path = place(raw(&request, "path"));
    let (outcome, _) = told(&request, &edge, Instruction::Effects { path: path.clone() }).await?;
    match outcome {
        Outcome::Effects { effects } => Ok(web::Json(EffectsView::from(*effects))),
        other => Err(instances::unexpected(&other).named(format_args!("actor {path}"))),
    }
}

/// What the instance that a request names makes of an instruction, and which that is.
async fn told(request: &HttpRequest, edge: &Edge, instruction: Instruction) -> Answer<(Outcome, String)> {
    let handles = &edge.handles;
    match elsewhere(request, edge)? {
        None => {
            Ok((carry_out(instruction, &handles.system, &handles.duty).await, handles.identity.id.clone()))
        }
        Some(instance) => Ok((instances::route(edge, &instance, instruction).await?, instance)),
    }
}

async fn no_verb(request: HttpRequest) -> Answer<HttpResponse> {
    Verb::read(raw(&request, "verb")).map(|_| HttpResponse::NotFound().finish())
}

/// The instance a request names, unless that is the one that answers.
fn elsewhere(request: &HttpRequest, edge: &Edge) -> Answer<Option<String>> {
    let mut parameters = Parameters::of(request);
    let instance = parameters.text("instance");
    parameters.finish()?;
    Ok(instance.filter(|instance| *instance != edge.handles.identity.id))
}

/// The actors of the instance that answers.
pub(super) fn own(edge: &Edge) -> Vec<ActorView> {
    let picture = edge.handles.system.picture().into_iter();
    picture.map(|status| ActorView::of(status, &edge.handles.identity.id)).collect()
}

/// The actors of an instance that can be reached, or of all that there are.
pub(super) async fn trees(edge: &Edge, of: Option<String>) -> Answer<Vec<ActorView>> {
    let trees = edge.ask(&edge.handles.registrar, ListActors(of)).await??;
    let views = trees.into_iter().flat_map(|(member, actors)| {
        let id = member.report.identity.id;
        actors.into_iter().map(move |status| ActorView::of(status, &id))
    });
    Ok(views.collect())
}

/// The path as the tree has it. A slash that a client has encoded is a slash all the same.
fn place(path: &str) -> String {
    format!("/{}", path.replace("%2F", "/").replace("%2f", "/"))
}
