//! The orders that are in memory: an aggregate each, which comes with the first message and goes when idle.

use actix_web::{
    HttpRequest,
    web::{self, Data},
};
use futures_util::future::join_all;
use serde::Serialize;
use strum::IntoStaticStr;
use tropa_dispatch::{
    domain::Presence,
    port::{Instruction, Outcome},
    upkeep::ListInstances,
};
use tropa_supervision::{LivingOrder, LivingQuery, LivingStatus};
use utoipa::ToSchema;

use crate::http::{actors::ALL, edge::Edge, instances, problem::Answer, query::Parameters};

/// Aggregates when the caller does not say.
const DEFAULT_LIMIT: u32 = 20;

/// Whether an aggregate has something to do.
#[derive(Clone, Copy, Serialize, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AggregateState)]
enum State {
    Idle,
    Working,
}

/// An order in memory.
#[derive(Serialize, ToSchema)]
#[schema(as = Aggregate)]
pub(in crate::http) struct AggregateView {
    /// The order.
    #[schema(example = "pedido-teste-01")]
    order_id: String,
    /// Who keeps it.
    #[schema(example = "shard-0")]
    shard: String,
    /// In which instance.
    instance: String,
    /// How long it has been there.
    age_ms: u64,
    /// For how long it has had nothing to do; 0 when it has.
    idle_ms: u64,
    /// Messages that wait for it.
    mailbox_depth: usize,
    /// Whether it has something to do.
    state: State,
}

/// The orders that are in memory, those first that have been there longest or for which most waits.
///
/// They are a cache: nothing is lost with one. With `instance=all`, those of every instance that answers in time.
#[utoipa::path(
    get, path = "/api/v1/aggregates", tag = "actors", operation_id = "list_aggregates",
    params(
        ("by" = Option<LivingOrder>, Query, description = "What comes first; `age` when left out"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "At most so many; 20 when left out"),
        ("id" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only orders whose id begins with this"),
        ("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose: an instance's id, or `all`; the one that answers when left out")),
    responses((status = 200, description = "Aggregates", body = Vec<AggregateView>))
)]
pub(in crate::http) async fn list(
    request: HttpRequest,
    edge: Data<Edge>,
) -> Answer<web::Json<Vec<AggregateView>>> {
    let mut parameters = Parameters::of(&request);
    let query = LivingQuery {
        by: parameters.optional::<LivingOrder>("by").unwrap_or_default(),
        limit: parameters.number("limit", 1..=200).unwrap_or(DEFAULT_LIMIT) as usize,
        prefix: parameters.text("id").unwrap_or_default(),
    };
    let instance = parameters.text("instance");
    parameters.finish()?;
    let living = match instance.as_deref() {
        None => of(&edge, &edge.handles.identity.id, &query).await?,
        Some(ALL) => of_all(&edge, &query).await?,
        Some(instance) => of(&edge, instance, &query).await?,
    };
    Ok(web::Json(living.into_iter().map(AggregateView::new).collect()))
}

/// Of which instance.
type Placed = (String, LivingStatus);

async fn of(edge: &Edge, instance: &str, query: &LivingQuery) -> Answer<Vec<Placed>> {
    let living = if instance == edge.handles.identity.id {
        edge.handles.system.living(query.clone()).await
    } else {
        let ask = Instruction::Living { query: query.clone() };
        match instances::route(edge, instance, ask).await? {
            Outcome::Living { children } => children,
            other => return Err(instances::unexpected(&other)),
        }
    };
    Ok(living.into_iter().map(|child| (instance.to_owned(), child)).collect())
}

/// One that does not answer has nothing to show.
async fn of_all(edge: &Edge, query: &LivingQuery) -> Answer<Vec<Placed>> {
    let members = edge.ask(&edge.handles.registrar, ListInstances).await?;
    let there = members.into_iter().filter(|member| member.presence == Presence::Live);
    let ids: Vec<String> = there.map(|member| member.report.identity.id).collect();
    let all = join_all(ids.iter().map(|id| of(edge, id, query))).await;
    Ok(query.select_by(all.into_iter().flatten().flatten().collect(), |(_, child)| child))
}

impl AggregateView {
    fn new((instance, child): Placed) -> Self {
        let LivingStatus { supervisor, key, age_ms, idle_ms, depth, working } = child;
        let shard = supervisor.rsplit('/').next().unwrap_or_default().to_owned();
        let state = if working { State::Working } else { State::Idle };
        Self { order_id: key, shard, instance, age_ms, idle_ms, mailbox_depth: depth, state }
    }
}
