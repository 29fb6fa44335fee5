//! What PostgreSQL does for an order, told in that order's trace. A transaction serves many orders, so the parent is the one
//! each item names, not whoever asked for the batch. Nothing is told of work that belongs to no trace.

use tracing::{Span, debug_span};
use tropa_contract::{
    domain::TraceParent,
    port::{Change, Creation, Write},
    trace,
};

/// Around the transaction that writes new orders: one for each. They end when they are dropped.
pub fn creating(batch: &[Creation]) -> Vec<Span> {
    let span = || debug_span!("postgresql create", otel.kind = "client", db.system.name = "postgresql");
    batch.iter().filter_map(|creation| within(creation.event.trace.as_ref(), span)).collect()
}

/// Around the transaction that applies writes: one for each.
pub fn applying(batch: &[Write]) -> Vec<Span> {
    let span = || debug_span!("postgresql apply", otel.kind = "client", db.system.name = "postgresql");
    let parent = |write: &Write| match &write.change {
        Change::Transition(transition) | Change::Park(_, Some(transition)) => transition.event.trace.clone(),
        Change::Postpone(postponement) => postponement.envelope.trace.clone(),
        Change::Park(_, None) | Change::Nothing => None,
    };
    batch.iter().filter_map(|write| within(parent(write).as_ref(), span)).collect()
}

/// Around a query.
pub fn reading() -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    debug_span!("postgresql read", otel.kind = "client", db.system.name = "postgresql")
}

fn within(parent: Option<&TraceParent>, span: impl FnOnce() -> Span) -> Option<Span> {
    let parent = parent?;
    let span = span();
    trace::adopt(&span, parent);
    // One that nobody enters would never start.
    span.in_scope(|| ());
    Some(span)
}
