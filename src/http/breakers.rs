//! The circuit breakers: how they stand, and how they came to that.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    web::{self, Data, ServiceConfig},
};
use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    breaker::BreakerState,
    domain::{BreakerStep, BreakerTale, UnknownName},
    port::{Question, Told},
    upkeep::{Answers, Ask},
};
use utoipa::ToSchema;

use super::{
    actors::ALL,
    edge::{Edge, ask_for},
    methods,
    problem::{Answer, Kind, Problem},
    query::Parameters,
};

/// The breakers' path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at("/api/v1/breakers").reading().get(breakers).done());
}

/// A circuit breaker.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Breaker)]
pub(super) struct BreakerView {
    /// The instance it is in.
    instance: String,
    /// Its name.
    #[schema(example = "fleet")]
    name: String,
    /// Where it stands.
    state: BreakerState,
    /// Grows with every change of state.
    generation: u64,
    /// Calls in the rolling window.
    calls: u32,
    /// Of these, failed.
    failed: u32,
    /// Of these, slow.
    slow: u32,
    /// Calls in flight.
    in_flight: u32,
    /// Until half-open, while open.
    opens_for_ms: Option<u64>,
    /// When a probe may pass, while it is open.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_probe_at: Option<OffsetDateTime>,
    /// How it came to that: the last 50 changes, newest first. Forgotten with the process.
    history: Vec<StepView>,
}

/// A change of a breaker's state.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = BreakerChange)]
struct StepView {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// Where it stood.
    from: BreakerState,
    /// Where it stands since.
    to: BreakerState,
    /// What made it.
    #[schema(example = "of 12 calls 9 failed and 0 were slow: fleet service did not answer in time")]
    why: String,
}

/// The circuit breakers, as they were at most a second ago.
#[utoipa::path(
    get, path = "/api/v1/breakers", tag = "operations", operation_id = "list_breakers",
    params(("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id, or `all`, which leaves out those that are gone or do not answer; the one that answers when left out")),
    responses((status = 200, description = "The breakers", body = Vec<BreakerView>))
)]
async fn breakers(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<Vec<BreakerView>>> {
    let mut parameters = Parameters::of(&request);
    let instance = parameters.text("instance");
    parameters.finish()?;
    match instance {
        None => circuits(&edge).await,
        instance => of(&edge, instance).await,
    }
    .map(web::Json)
}

/// How the breakers of this instance stand.
pub(super) async fn circuits(edge: &Edge) -> Answer<Vec<BreakerView>> {
    of(edge, Some(edge.handles.identity.id.clone())).await
}

async fn of(edge: &Edge, instance: Option<String>) -> Answer<Vec<BreakerView>> {
    let named = instance.filter(|instance| instance != ALL);
    let one = named.is_some();
    let told = ask(edge, named, Question::Breakers).await?;
    let now = edge.handles.clock.now();
    let mut views = Vec::new();
    for (member, told) in told {
        match told {
            Ok(Told::Breakers { breakers }) => {
                for breaker in breakers {
                    let id = &member.report.identity.id;
                    let view = BreakerView::new(breaker, id, now);
                    views.push(view.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?);
                }
            }
            Err(error) if one => return Err(error.into()),
            _ => {}
        }
    }
    Ok(views)
}

/// Has the instance of this name, or all of them, say what only they know.
pub(super) async fn ask(edge: &Edge, of: Option<String>, question: Question) -> Answer<Answers> {
    let deadline = edge.options.limits.ask_deadline;
    // What is left is for finding them.
    let patience = deadline.mul_f64(0.6).min(Duration::from_secs(3));
    Ok(ask_for(&edge.handles.registrar, deadline, Ask { of, question, patience }).await??)
}

impl BreakerView {
    fn new(tale: BreakerTale, instance: &str, now: OffsetDateTime) -> Result<Self, UnknownName> {
        let step = |BreakerStep { at, from, to, why }| {
            Ok(StepView { at, from: from.parse()?, to: to.parse()?, why })
        };
        let BreakerTale { name, state, generation, calls, failed, slow, in_flight, next_probe_at, history } =
            tale;
        let left = next_probe_at.and_then(|at| Duration::try_from(at - now).ok());
        Ok(Self {
            instance: instance.to_owned(),
            name,
            state: state.parse()?,
            generation,
            calls,
            failed,
            slow,
            in_flight,
            opens_for_ms: left.map(|left| left.as_millis() as u64),
            next_probe_at,
            history: history.into_iter().map(step).collect::<Result<_, _>>()?,
        })
    }
}
