//! What SQLite does for an order, told in that order's trace. A transaction serves many orders, so the parent is the
//! one each item names, not whoever asked for the batch. Nothing is told of work that belongs to no trace.

use tracing::{Span, debug_span, span::EnteredSpan};
use tropa_contract::{
    domain::TraceParent,
    port::{Change, Creation, Write},
    trace,
};

/// Around the statements that write a new order.
pub fn creating(creation: &Creation) -> EnteredSpan {
    let parent = creation.event.trace.as_ref();
    let span = || debug_span!("sqlite create", otel.kind = "client", db.system.name = "sqlite");
    within(parent, span)
}

/// Around the statements of one unit of work.
pub fn applying(write: &Write) -> EnteredSpan {
    let parent = match &write.change {
        Change::Transition(transition) | Change::Park(_, Some(transition)) => transition.event.trace.as_ref(),
        Change::Postpone(postponement) => postponement.envelope.trace.as_ref(),
        Change::Park(_, None) | Change::Nothing => None,
    };
    within(parent, || debug_span!("sqlite apply", otel.kind = "client", db.system.name = "sqlite"))
}

/// Around a query, which runs on another thread than it is asked on.
pub fn reading() -> Span {
    let asker = Span::current();
    if asker.is_none() {
        return asker;
    }
    debug_span!(parent: &asker, "sqlite read", otel.kind = "client", db.system.name = "sqlite")
}

fn within(parent: Option<&TraceParent>, span: impl FnOnce() -> Span) -> EnteredSpan {
    let Some(parent) = parent else { return Span::none().entered() };
    let span = span();
    trace::adopt(&span, parent);
    span.entered()
}
