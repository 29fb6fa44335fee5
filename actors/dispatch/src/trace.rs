//! How a trace crosses what no span crosses: an outbox row, a message, a restart.
//!
//! Only the OpenTelemetry API is used here; who samples and who exports is the process's business. Without a
//! tracing-opentelemetry layer both functions do nothing.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::domain::TraceParent;

/// The current span, as a parent for what happens elsewhere or later; `None` outside any trace.
///
/// This starts the span for OpenTelemetry: [`adopt`] comes before it, or too late.
pub fn current() -> Option<TraceParent> {
    of(&Span::current())
}

/// The same, of a span that need not be entered.
pub fn of(span: &Span) -> Option<TraceParent> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    let (trace, id) = (context.trace_id().to_bytes(), context.span_id().to_bytes());
    TraceParent::new(u128::from_be_bytes(trace), u64::from_be_bytes(id), context.is_sampled())
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
    // Refused when there is no layer, or the span has started: the trace is then cut here, the work goes on.
    let _ = span.set_parent(Context::new().with_remote_span_context(remote));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_layer_there_is_no_trace_and_no_harm() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let span = tracing::info_span!("order");
        adopt(&span, &parent);
        let _entered = span.enter();
        assert_eq!(current(), None);
    }
}
