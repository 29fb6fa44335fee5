//! The audit: who did what, why, and what came of it.

mod book;
mod deed;

use std::str::FromStr;

use actix_web::{
    HttpRequest,
    web::{self, Data, ServiceConfig},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tropa_dispatch::{
    domain::{AuditEntry, AuditOutcome},
    port::AuditFilter,
    reader::ListAudit,
};
use utoipa::ToSchema;

use super::{admin::Viewer, edge::Edge, methods, problem::Answer, query::Parameters};
pub(super) use book::{Note, Strangers, keep};

/// The audit's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at("/api/v1/audit").reading().get(list).done());
}

/// A page of the audit.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub(super) struct AuditPageView {
    /// Newest first.
    entries: Vec<AuditEntryView>,
    /// Where the next page begins; `null` on the last one.
    next_before: Option<u64>,
}

/// What somebody did, or tried to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct AuditEntryView {
    /// Grows from line to line.
    pub id: u64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// Which instance was asked.
    instance: String,
    /// Who: the name they signed in with, which nobody has checked, or the role of their token; `local` on the server's machine
    /// without one; `null` when nobody is known.
    subject: Option<String>,
    /// What they may do.
    role: Option<String>,
    /// What.
    #[schema(example = "actor.kill")]
    action: String,
    /// To what: a path, an id, an address.
    #[schema(example = "/tropa/outbox/relay")]
    target: String,
    /// Why, in their words.
    reason: Option<String>,
    /// What came of it.
    outcome: AuditOutcome,
    /// What went wrong, or how many it was.
    detail: Option<String>,
    /// Finds it in logs and traces.
    trace_id: Option<String>,
}

impl From<AuditEntry> for AuditEntryView {
    fn from(AuditEntry { id, line }: AuditEntry) -> Self {
        Self {
            id,
            at: line.at,
            instance: line.instance,
            subject: line.subject,
            role: line.role,
            action: line.action,
            target: line.target,
            reason: line.reason,
            outcome: line.outcome,
            detail: line.detail,
            trace_id: line.trace_id,
        }
    }
}

/// A moment a caller wrote.
struct Moment(OffsetDateTime);

impl FromStr for Moment {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = OffsetDateTime::parse(text, &Rfc3339);
        moment.map(Self).map_err(|_| "must be a time such as 2026-11-21T02:14:09Z")
    }
}

/// What people did, newest first: viewers only.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "operations", operation_id = "list_audit",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; 50 when left out"),
        ("before" = Option<u64>, Query, description = "Only older than the line with this id: the last page's `next_before`"),
        ("action" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only of this kind, such as `actor.kill`"),
        ("target" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only about this: an actor's path, an order's id"),
        ("subject" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only by this person"),
        ("outcome" = Option<AuditOutcome>, Query, description = "Only with this end"),
        ("since" = Option<String>, Query, format = DateTime, description = "Not from before this"),
    ),
    responses((status = 200, description = "A page", body = AuditPageView)),
    security(("admin" = []), ("session" = []), ())
)]
async fn list(_: Viewer, request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<AuditPageView>> {
    let mut parameters = Parameters::of(&request);
    let limit = parameters.number("limit", 1..=1_000).unwrap_or(50);
    let filter = AuditFilter {
        limit,
        before: parameters.optional("before"),
        after: None,
        since: parameters.optional::<Moment>("since").map(|moment| moment.0),
        action: parameters.text("action"),
        target: parameters.text("target"),
        subject: parameters.text("subject"),
        outcome: parameters.optional("outcome"),
    };
    parameters.finish()?;
    let entries = read(&edge, filter).await?;
    let full = entries.len() == limit as usize;
    let next_before = entries.last().filter(|_| full).map(|entry| entry.id);
    Ok(web::Json(AuditPageView { entries, next_before }))
}

/// The lines that match, newest first; what the list and the stream show.
pub(super) async fn read(edge: &Edge, filter: AuditFilter) -> Answer<Vec<AuditEntryView>> {
    let entries = edge.ask(&edge.handles.reader, ListAudit(filter)).await??;
    Ok(entries.into_iter().map(AuditEntryView::from).collect())
}
