//! Log lines for a person at a terminal.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter, format},
    registry::LookupSpan,
};

use super::redact::{HIDDEN, hides};

/// The stock format, in colour on a terminal, without the spans around an event: ids are for machines.
pub(super) fn layer<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let fields = format::debug_fn(|line, field, value| match field.name() {
        "message" => write!(line, "{value:?}"),
        name if hides(name) => write!(line, " {name}={HIDDEN}"),
        name => write!(line, " {name}={value:?}"),
    });
    fmt::layer().fmt_fields(fields).compact().with_ansi(std::io::stderr().is_terminal()).with_writer(writer)
}
