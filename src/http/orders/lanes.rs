//! One order's way, stretch by stretch, gathered from the instances that did the work.

use actix_web::{
    HttpRequest,
    web::{self, Data},
};
use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{
        Candidate, EventName, Lane, LaneStage, OrderEvent, OrderId, OrderLanes, Presence, SearchSeen,
        Suppressed,
    },
    port::{Question, Told},
    reader::ReadTimeline,
    upkeep::{Answers, ListInstances, Member},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    breakers::ask,
    edge::Edge,
    path::segment,
    problem::{Answer, Problem},
};

/// The stretches of an order's way, on one axis of time.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLanes)]
pub(in crate::http) struct LanesView {
    /// The trace of the request that brought it.
    trace_id: Option<String>,
    /// Where that trace is shown, when `TROPA_TRACE_URL` says so.
    trace_url: Option<String>,
    /// By when they began.
    lanes: Vec<LaneView>,
    /// Messages that were not answered again.
    duplicates: Vec<DuplicateView>,
    /// The last search, and who else could have been found; `null` when nobody looked, as for most at saturation.
    search: Option<SearchView>,
    /// Whether nothing is missing: every instance that may have done something was asked, and has forgotten none of it.
    complete: bool,
}

/// A stretch.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLane)]
struct LaneView {
    /// Which.
    stage: LaneStage,
    /// Who did it; `null` of what the database alone knows.
    instance: Option<String>,
    /// Which try, from 1.
    attempt: u32,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    started_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<OffsetDateTime>,
    /// What came of it.
    #[schema(example = "orders.created")]
    detail: Option<String>,
}

/// A message that was not answered again.
#[derive(Serialize, ToSchema)]
#[schema(as = SuppressedDuplicate)]
struct DuplicateView {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// The message.
    event_id: Uuid,
    /// Where it came.
    instance: String,
    /// How it was known.
    why: String,
}

/// A search.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderSearch)]
struct SearchView {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// Within how many metres: the smallest circle with who was found, else the widest.
    radius_m: f64,
    /// Who was there a moment later, nearest first.
    #[schema(max_items = 16)]
    candidates: Vec<CandidateView>,
}

/// A driver whom the search could have found.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchCandidate)]
struct CandidateView {
    /// Who.
    driver_id: String,
    /// Their name.
    name: String,
    /// Metres to the pickup.
    distance_m: f64,
    /// Whether the order got them.
    chosen: bool,
    /// Why, or why not.
    #[schema(example = "farther away")]
    why: String,
}

/// One order's way, stretch by stretch.
///
/// Instances remember what they did with their newest 10,000 orders, as long as they run; all of them are asked. What none knows any
/// more is filled in from the order's events.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/lanes", tag = "orders", operation_id = "get_order_lanes",
    params(("id" = String, Path, description = "The order's id", pattern = "^[A-Za-z0-9._:~-]{1,128}$")),
    responses((status = 200, description = "Its way", body = LanesView))
)]
pub(super) async fn lanes(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<LanesView>> {
    let id: OrderId = segment(&request, "id")?;
    let found = edge.ask(&edge.handles.reader, ReadTimeline(id.clone())).await?;
    let events = found.map_err(|error| Problem::from(error).named(format_args!("order {id}")))?;
    let members = edge.ask(&edge.handles.registrar, ListInstances).await?;
    let told = ask(&edge, None, Question::Lanes { order: id }).await?;
    Ok(web::Json(LanesView::new(
        &events,
        &members,
        told,
        edge.options.trace_url.as_deref(),
        edge.handles.clock.now(),
    )))
}

impl LanesView {
    fn new(
        events: &[OrderEvent],
        members: &[Member],
        told: Answers,
        trace_url: Option<&str>,
        now: OffsetDateTime,
    ) -> Self {
        let accepted_at = events.first().map_or(now, |event| event.at);
        let known = gather(members, told, accepted_at, now);
        let Gathered { mut lanes, mut duplicates, search, complete } = known;
        let filled = fill(&mut lanes, events);
        lanes.sort_by_key(|lane| (lane.started_at, lane.stage));
        duplicates.sort_by_key(|duplicate| duplicate.at);
        let trace = events.iter().find_map(|event| event.trace.as_ref());
        let trace_id = trace.map(|trace| trace.trace_id().to_owned());
        let url = |template: &str| trace_id.as_ref().map(|id| template.replace("{trace_id}", id));
        Self {
            trace_url: trace_url.and_then(url),
            trace_id,
            lanes: lanes.into_iter().map(LaneView::from).collect(),
            duplicates: duplicates.into_iter().map(DuplicateView::from).collect(),
            search: search.map(SearchView::from),
            complete: complete && !filled,
        }
    }
}

/// What the instances know.
struct Gathered {
    lanes: Vec<Lane>,
    duplicates: Vec<Suppressed>,
    search: Option<SearchSeen>,
    complete: bool,
}

/// Puts together what they said of an order that was accepted then.
fn gather(members: &[Member], told: Answers, accepted_at: OffsetDateTime, now: OffsetDateTime) -> Gathered {
    // Who has gone since may have done something.
    let gone = members.iter().any(|member| {
        matches!(member.presence, Presence::Gone | Presence::Stopped)
            && now - member.silent_for >= accepted_at
    });
    let mut all = Gathered { lanes: Vec::new(), duplicates: Vec::new(), search: None, complete: !gone };
    for (_, said) in told {
        let Ok(Told::Lanes { lanes }) = said else {
            all.complete = false;
            continue;
        };
        let OrderLanes { since, cut, lanes, duplicates, search } = *lanes;
        all.complete &= since <= accepted_at && !cut;
        all.lanes.extend(lanes);
        all.duplicates.extend(duplicates);
        let newer = |search: &SearchSeen| all.search.as_ref().is_none_or(|last| last.at < search.at);
        if search.as_ref().is_some_and(newer) {
            all.search = search;
        }
    }
    all
}

/// Adds the steps that the database knows and no instance does; tells whether there were any.
fn fill(lanes: &mut Vec<Lane>, events: &[OrderEvent]) -> bool {
    let told = lanes.len();
    for event in events {
        let name = EventName::from(&event.kind);
        let stages: &[LaneStage] = match name {
            EventName::Created => &[LaneStage::Accepted, LaneStage::Committed],
            _ => &[LaneStage::Decided],
        };
        for stage in stages {
            let known = |lane: &Lane| {
                lane.stage == *stage
                    && (name == EventName::Created || lane.detail.as_deref() == Some(name.as_str()))
            };
            if !lanes.iter().any(known) {
                lanes.push(Lane {
                    stage: *stage,
                    instance: None,
                    attempt: event.attempt,
                    started_at: event.at,
                    ended_at: Some(event.at),
                    detail: Some(name.as_str().to_owned()),
                });
            }
        }
    }
    lanes.len() > told
}

impl From<Lane> for LaneView {
    fn from(Lane { stage, instance, attempt, started_at, ended_at, detail }: Lane) -> Self {
        Self { stage, instance, attempt, started_at, ended_at, detail }
    }
}

impl From<Suppressed> for DuplicateView {
    fn from(Suppressed { at, event_id, instance, why }: Suppressed) -> Self {
        Self { at, event_id: event_id.0, instance, why }
    }
}

impl From<SearchSeen> for SearchView {
    fn from(SearchSeen { at, radius_m, candidates }: SearchSeen) -> Self {
        let candidate = |Candidate { driver_id, name, distance_m, chosen, why }| CandidateView {
            driver_id: driver_id.to_string(),
            name,
            distance_m,
            chosen,
            why,
        };
        Self { at, radius_m, candidates: candidates.into_iter().map(candidate).collect() }
    }
}
