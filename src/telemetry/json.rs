//! One JSON object a line: `timestamp, level, target, message, trace_id, span_id`, then the event's own fields.
//!
//! The stock JSON format of tracing-subscriber does not know trace ids.

use std::{borrow::Cow, error::Error, fmt, io::Write, sync::OnceLock};

use opentelemetry::trace::TraceContextExt;
use serde::Serialize;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use tracing::{
    Dispatch, Event, Subscriber,
    dispatcher::WeakDispatch,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::Context, registry::LookupSpan};
use tropa_dispatch::domain::TraceParent;

use super::redact::{HIDDEN, hides};

/// RFC 3339 with a fixed number of digits, so that lines sort as text.
const TIMESTAMP: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Names the line itself uses; an event's field of that name is written as `field.<name>`.
const RESERVED: [&str; 6] = ["timestamp", "level", "target", "message", "trace_id", "span_id"];

/// The layer.
pub(super) struct JsonLines<W> {
    writer: W,
    dispatch: OnceLock<WeakDispatch>,
}

impl<W> JsonLines<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, dispatch: OnceLock::new() }
    }

    /// Ids of the trace and the span the event happened in.
    fn ids<S>(&self, event: &Event<'_>, ctx: &Context<'_, S>) -> Option<(String, String)>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let span = ctx.event_span(event)?;
        let dispatch = self.dispatch.get()?.upgrade()?;
        if let Some(context) = tracing_opentelemetry::get_otel_context(&span.id(), &dispatch) {
            let exported = context.span();
            let context = exported.span_context();
            return context
                .is_valid()
                .then(|| (context.trace_id().to_string(), context.span_id().to_string()));
        }
        // Nothing is exported: what was noted with the span, or with one around it.
        let noted = |ids: &TraceParent| (ids.trace_id().to_owned(), ids.span_id().to_owned());
        span.scope().find_map(|span| span.extensions().get().map(noted))
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let mut line = vec![b'{'];
        member(&mut line, "timestamp", &OffsetDateTime::now_utc().format(TIMESTAMP).unwrap_or_default());
        member(&mut line, "level", metadata.level().as_str());
        member(&mut line, "target", metadata.target());
        member(&mut line, "message", &fields.message);
        if let Some((trace, span)) = self.ids(event, &ctx) {
            member(&mut line, "trace_id", &trace);
            member(&mut line, "span_id", &span);
        }
        line.extend_from_slice(&fields.rest);
        line.extend_from_slice(b"}\n");
        // One write a line: lines of two threads do not mix. A log that cannot be written stops nothing.
        let _ = self.writer.make_writer_for(metadata).write_all(&line);
    }
}

/// Writes a member of a JSON object, behind a comma unless it is the first.
fn member<T: Serialize + ?Sized>(object: &mut Vec<u8>, name: &str, value: &T) {
    if object.last() != Some(&b'{') {
        object.push(b',');
    }
    // Writing to a Vec cannot fail, and strings and numbers can always be serialised.
    let _ = serde_json::to_writer(&mut *object, name);
    object.push(b':');
    let _ = serde_json::to_writer(object, value);
}

/// What an event says.
#[derive(Default)]
struct Fields {
    message: String,
    /// Members that go behind the line's own.
    rest: Vec<u8>,
}

impl Fields {
    fn put<T: Serialize + ?Sized>(&mut self, field: &Field, value: &T) {
        let name = match field.name() {
            taken if RESERVED.contains(&taken) => Cow::Owned(format!("field.{taken}")),
            free => Cow::Borrowed(free),
        };
        if hides(&name) {
            member(&mut self.rest, &name, HIDDEN);
        } else {
            member(&mut self.rest, &name, value);
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.put(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        self.put(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
