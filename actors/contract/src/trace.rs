//! How a trace crosses what no span crosses: an outbox row, a message, a restart.
//!
//! With a tracing-opentelemetry layer, which there is where traces are exported, its spans have the ids. Without one a step
//! notes its ids in its own span, and nothing else is made of it: log lines and an order's timeline still name the trace.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetrySpanExt, SetParentError};
use tracing_subscriber::{Registry, registry::LookupSpan};

use crate::domain::TraceParent;

/// Makes `span`, a fresh one, a step in its parent's trace, or the first of a new trace. Returns it as the parent of what
/// follows from it; also when nobody sees the span.
pub fn begin(span: &Span, parent: Option<&TraceParent>) -> TraceParent {
    if let Some(parent) = parent {
        adopt(span, parent);
    }
    of(span).unwrap_or_else(|| {
        let step = parent.map_or_else(TraceParent::fresh, TraceParent::child);
        note(span, &step);
        step
    })
}

/// The current span, as a parent for what happens elsewhere or later; `None` outside any trace.
///
/// This starts the span for OpenTelemetry: [`adopt`] comes before it, or too late.
pub fn current() -> Option<TraceParent> {
    of(&Span::current())
}

/// The same, of a span that need not be entered.
fn of(span: &Span) -> Option<TraceParent> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let exported = context.span();
    let context = exported.span_context();
    let (trace, id) = (context.trace_id().to_bytes(), context.span_id().to_bytes());
    TraceParent::new(u128::from_be_bytes(trace), u64::from_be_bytes(id), context.is_sampled())
        .or_else(|| noted(span))
}

/// Makes `span` a child of a remote parent. Call it on a fresh span: one that was entered, or asked for its
/// [`current`] context, has its parent already and keeps it.
pub fn adopt(span: &Span, parent: &TraceParent) {
    if span.is_disabled() {
        return;
    }
    let flags = if parent.sampled() { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (trace, id) = (TraceId::from_hex(parent.trace_id()), SpanId::from_hex(parent.span_id()));
    let (Ok(trace), Ok(id)) = (trace, id) else { return };
    let remote = SpanContext::new(trace, id, flags, true, TraceState::NONE);
    // Refused when the span has started: the trace is then cut here, the work goes on.
    if let Err(SetParentError::LayerNotFound) =
        span.set_parent(Context::new().with_remote_span_context(remote))
    {
        note(span, &parent.child());
    }
}

/// Gives a span that has started the name under which it is exported. Recording `otel.name` is too late by then: the
/// layer drops it without a word.
pub fn rename(span: &Span, name: impl FnOnce() -> String) {
    if span.is_disabled() {
        return;
    }
    let context = span.context();
    let span = context.span();
    if span.is_recording() {
        span.update_name(name());
    }
}

/// Keeps the ids with the span, for as long as it lives.
fn note(span: &Span, ids: &TraceParent) {
    span.with_subscriber(|(id, subscriber)| {
        if let Some(span) = subscriber.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) {
            span.extensions_mut().replace(ids.clone());
        }
    });
}

/// What was noted with the span, or with the nearest of those around it.
fn noted(span: &Span) -> Option<TraceParent> {
    let find = |(id, subscriber): (&tracing::Id, &tracing::Dispatch)| {
        let span = subscriber.downcast_ref::<Registry>()?.span(id)?;
        span.scope().find_map(|span| span.extensions().get::<TraceParent>().cloned())
    };
    span.with_subscriber(find).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn without_a_subscriber_there_is_no_harm_and_what_follows_is_still_of_one_trace() {
        let caller: TraceParent = CALLER.parse().unwrap();
        let span = tracing::info_span!("order");
        let step = begin(&span, Some(&caller));
        let _entered = span.enter();
        assert_eq!(current(), None);
        assert_eq!((step.trace_id(), step.sampled()), (caller.trace_id(), true));
        assert_ne!(step.span_id(), caller.span_id());
        assert_ne!(begin(&span, None).trace_id(), begin(&span, None).trace_id());
    }

    #[test]
    fn without_opentelemetry_a_span_keeps_its_ids_itself() {
        tracing::subscriber::with_default(Registry::default(), || {
            let caller: TraceParent = CALLER.parse().unwrap();
            let order = tracing::info_span!("order");
            let step = begin(&order, Some(&caller));
            assert_eq!((step.trace_id(), step.sampled()), (caller.trace_id(), true));
            let inside = order.in_scope(|| tracing::debug_span!("statement"));
            assert_eq!(inside.in_scope(current), Some(step.clone()), "that of the nearest around it");
            adopt(&inside, &step);
            let within = inside.in_scope(current).unwrap();
            assert_eq!(within.trace_id(), step.trace_id());
            assert_ne!(within.span_id(), step.span_id());
            assert_ne!(begin(&tracing::info_span!("other"), None).trace_id(), step.trace_id());
        });
    }
}
