//! What a person or a machine can see of a running Tropa: logs, traces, metrics.
//!
//! [`install`] once per process, before anything else runs. Trace ids exist and travel whether or not traces are
//! exported, so that a log line and an order's timeline can always be brought together; spans are recorded only if they are.

mod actors;
mod database;
mod export;
mod json;
mod person;
mod process;
mod redact;
mod traces;

use std::{io::IsTerminal, time::Duration};

use opentelemetry_sdk::trace::SdkTracerProvider;
use strum::{EnumString, IntoStaticStr, VariantNames};
use tracing::{Dispatch, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{self, FilterExt},
    fmt::MakeWriter,
    layer::SubscriberExt,
    registry::LookupSpan,
};

pub use actors::register_actors;
pub use database::{PoolSight, register_database};
pub use process::register_process;

/// How long the last spans may take on their way out.
const FLUSH: Duration = Duration::from_secs(2);

/// What is logged and where traces go.
#[derive(Clone, Debug)]
pub struct TelemetrySettings {
    /// `service.name` of every span. From `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// Where OTLP/gRPC is taken, e.g. `http://localhost:4317`; `None`: nothing is exported.
    pub otlp_endpoint: Option<String>,
    /// Which events are logged, as `RUST_LOG` would say it: `info,tropa=debug`.
    pub log_filter: String,
    /// In which form.
    pub log_format: LogFormat,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            service_name: "tropa".to_owned(),
            otlp_endpoint: None,
            // actix-http calls what a peer sends wrong an error, a line each.
            log_filter: "info,actix_server=warn,actix_http=off".to_owned(),
            log_format: LogFormat::Auto,
        }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum LogFormat {
    /// For a person when standard error is a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For a person.
    Human,
}

impl LogFormat {
    fn is_json(self) -> bool {
        match self {
            Self::Auto => !std::io::stderr().is_terminal(),
            Self::Json => true,
            Self::Human => false,
        }
    }
}

/// Why nothing can be seen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The log filter is no filter.
    #[error("log filter {filter:?} is not valid: {reason}")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The endpoint is no endpoint.
    #[error("otlp endpoint {endpoint:?} cannot be used: {reason}")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody was there first.
    #[error("telemetry is installed already in this process")]
    Installed,
}

/// Keeps telemetry running; the last spans leave when it goes, within a bounded time.
#[derive(Debug)]
#[must_use = "spans are flushed when it is dropped: keep it until the end of main"]
pub struct TelemetryGuard(Option<SdkTracerProvider>);

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        if let Some(provider) = &self.0 {
            // An exporter that cannot be reached has said so; a process on its way out has nothing to add.
            let _ = provider.shutdown_with_timeout(FLUSH);
        }
    }
}

/// Logs to standard error and traces as `settings` say, for the whole process. With an endpoint it must be called
/// inside the tokio runtime that will carry the exporter's connection, and that runtime must outlive the guard.
pub fn install(settings: &TelemetrySettings) -> Result<TelemetryGuard, TelemetryError> {
    let (dispatch, guard) = subscriber(settings, std::io::stderr)?;
    tracing::dispatcher::set_global_default(dispatch).map_err(|_| TelemetryError::Installed)?;
    Ok(guard)
}

/// The same for one thread's tests and benches: the caller decides where it is the default and where lines go.
pub fn subscriber<W>(
    settings: &TelemetrySettings,
    writer: W,
) -> Result<(Dispatch, TelemetryGuard), TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let provider = traces::provider(settings)?;
    let dispatch = match &provider {
        Some(provider) => Dispatch::new(
            Registry::default().with(tracing_layer(provider)).with(log_layer(settings, writer, false)?),
        ),
        None => Dispatch::new(Registry::default().with(log_layer(settings, writer, true)?)),
    };
    Ok((dispatch, TelemetryGuard(provider)))
}

/// Spans of ours alone: those of hyper and h2 cost more than they tell. The steps of an order, what happens inside them,
/// and warnings as span events.
fn tracing_layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    use opentelemetry::trace::TracerProvider;
    let ours = filter::filter_fn(|metadata| {
        let most = if metadata.is_span() { LevelFilter::DEBUG } else { LevelFilter::WARN };
        *metadata.level() <= most && is_ours(metadata)
    })
    .with_max_level_hint(LevelFilter::DEBUG);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("tropa"))
        // Entering a span would start it, and it could no longer adopt the parent its message names.
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_filter(ours)
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("tropa")
}

/// With `steps` the layer sees the steps of an order whatever is logged, for the sake of the ids that are noted with them:
/// three spans of which nothing else is kept.
fn log_layer<S, W>(
    settings: &TelemetrySettings,
    writer: W,
    steps: bool,
) -> Result<Box<dyn Layer<S> + Send + Sync>, TelemetryError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // The exporter's troubles are told once, by `export`; the SDK would tell them at every batch. The broker's are told by
    // its adapter; lapin would tell them again, and print a returned message with its payload.
    let directives = format!("{},opentelemetry=off,lapin=off", settings.log_filter);
    let chosen = EnvFilter::builder().parse(&directives).map_err(|error| TelemetryError::Filter {
        filter: settings.log_filter.clone(),
        reason: error.to_string(),
    })?;
    let step = filter::filter_fn(move |metadata| {
        steps && metadata.is_span() && *metadata.level() <= LevelFilter::INFO && is_ours(metadata)
    })
    .with_max_level_hint(LevelFilter::INFO);
    Ok(if settings.log_format.is_json() {
        json::JsonLines::new(writer).with_filter(chosen.or(step)).boxed()
    } else {
        // A person sees no ids.
        person::layer(writer).with_filter(chosen).boxed()
    })
}

#[cfg(test)]
mod tests;
