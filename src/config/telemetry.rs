//! Logs and traces.

use tracing_subscriber::EnvFilter;

use super::{
    form::{Form, server, text, word},
    sources::{Sources, setting},
};
use crate::telemetry::TelemetrySettings;

/// How logs and traces are set up.
pub(super) fn read(from: &mut Sources) -> TelemetrySettings {
    let TelemetrySettings { service_name, log_filter, log_format, .. } = TelemetrySettings::default();
    let service = setting("telemetry.service_name", "OTEL_SERVICE_NAME", "service.name of every span");
    let endpoint = setting(
        "telemetry.otlp_endpoint",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "where OTLP/gRPC takes the traces; unset = they are not exported",
    );
    let filter = setting("telemetry.log", "TROPA_LOG", "which events are logged");
    let format =
        setting("telemetry.log_format", "TROPA_LOG_FORMAT", "auto: for people on a terminal, else JSON");
    TelemetrySettings {
        service_name: from.get(service, text(1..=255), service_name),
        otlp_endpoint: from.find(endpoint, receiver()),
        log_filter: from.get(filter, directives(), log_filter),
        log_format: from.get(format, word(), log_format),
    }
}

/// Where OTLP is taken. `host:port` is how many other programs' settings have it: without TLS then, and nobody takes it at
/// the port of web pages, which a URL without one would mean.
fn receiver() -> Form<String> {
    let schemes = &["http", "https"];
    let parse = |text: &str| {
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let port = url.parse::<::http::Uri>().ok()?.port_u16();
        (port.is_some() || url.starts_with("https:")).then(|| server(&url, schemes)).flatten()
    };
    Form::new("host:port or a URL such as http://host:port or https://host:port", parse, Clone::clone)
}

fn directives() -> Form<String> {
    let parse = |text: &str| EnvFilter::builder().parse(text).is_ok().then(|| text.to_owned());
    Form::new("levels, such as warn or info,tropa=debug", parse, Clone::clone)
}
