use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::{Level, dispatcher::with_default, info_span, warn};
use tropa_dispatch::{domain::TraceParent, trace};

use super::*;

/// A log that a test can read.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
    fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs `work` under a subscriber of these settings; what it logged.
fn logged(format: LogFormat, filter: &str, work: impl FnOnce()) -> Lines {
    let lines = Lines::default();
    let writer = lines.clone();
    let settings =
        TelemetrySettings { log_format: format, log_filter: filter.to_owned(), ..Default::default() };
    let (dispatch, _guard) = subscriber(&settings, move || writer.clone()).unwrap();
    with_default(&dispatch, work);
    lines
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn a_line_is_one_object_that_names_its_trace() {
    let mut inside = None;
    let lines = logged(LogFormat::Json, "info", || {
        let span = info_span!("order");
        inside = Some(trace::begin(&span, Some(&PARENT.parse().unwrap())));
        span.in_scope(|| {
            assert_eq!(trace::current(), inside);
            warn!(order = "o-1", tries = 3, ok = false, level = 9, "line\nbreak \"quoted\"");
        });
        tracing::info!(target: "elsewhere", "outside");
    });
    let lines = lines.json();
    assert_eq!(lines.len(), 2);
    let inside: TraceParent = inside.unwrap();
    assert_eq!(inside.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_ne!(inside.span_id(), "00f067aa0ba902b7");
    assert_eq!(lines[0]["trace_id"], inside.trace_id());
    assert_eq!(lines[0]["span_id"], inside.span_id());
    assert_eq!(lines[0]["level"], "WARN");
    assert_eq!(lines[0]["message"], "line\nbreak \"quoted\"");
    assert_eq!(lines[0]["target"], "tropa::telemetry::tests");
    assert_eq!(
        (&lines[0]["order"], &lines[0]["tries"], &lines[0]["ok"]),
        (&"o-1".into(), &3.into(), &false.into())
    );
    assert_eq!(lines[0]["field.level"], 9);
    let at = lines[0]["timestamp"].as_str().unwrap();
    assert!(time::OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339).is_ok(), "{at}");
    assert_eq!(lines[1]["message"], "outside");
    assert_eq!(lines[1].get("trace_id"), None);
}

#[test]
fn a_trace_has_ids_even_when_the_log_is_almost_off_and_nothing_is_exported() {
    let mut first = None;
    let lines = logged(LogFormat::Json, "error", || {
        let http = info_span!("http");
        let request = trace::begin(&http, None);
        assert_eq!(http.in_scope(trace::current), Some(request.clone()));
        assert!(!request.sampled());
        // An entered span can still adopt.
        let late = info_span!("consumer");
        let _entered = late.enter();
        trace::adopt(&late, &request);
        let consumed = trace::current().unwrap();
        assert_eq!(consumed.trace_id(), request.trace_id());
        assert_ne!(consumed.span_id(), request.span_id());
        tracing::error!("seen");
        warn!("not seen");
        tracing::error!(parent: &http, "behind it");
        first = Some((consumed, request));
    });
    let lines = lines.json();
    let (consumed, request) = first.unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["trace_id"], &lines[0]["span_id"]),
        (&consumed.trace_id().into(), &consumed.span_id().into())
    );
    assert_eq!(lines[1]["span_id"], request.span_id());
}

#[test]
fn without_an_exporter_there_is_no_opentelemetry_and_no_span_but_an_orders_steps() {
    logged(LogFormat::Json, "info", || {
        let step = info_span!("consume");
        let layered = step.with_subscriber(|(id, dispatch)| {
            tracing_opentelemetry::get_otel_context(id, dispatch).is_some()
        });
        assert_eq!(layered, Some(false));
        assert!(tracing::debug_span!("sqlite apply").is_disabled());
        assert!(tracing::span!(target: "h2::client", Level::DEBUG, "poll").is_disabled());
    });
    logged(LogFormat::Json, "warn", || {
        assert!(tracing::span!(target: "h2", Level::INFO, "poll").is_disabled());
    });
    logged(LogFormat::Human, "warn", || assert!(info_span!("consume").is_disabled()));
}

#[test]
fn secrets_and_payloads_are_hidden_in_both_forms() {
    for format in [LogFormat::Json, LogFormat::Human] {
        let text = logged(format, "info", || {
            warn!(db_password = "hunter2", payload = ?[1, 2], admin_token = "hunter2", order = "o-1", "kept");
        })
        .text();
        assert!(!text.contains("hunter2") && !text.contains("1, 2"), "{text}");
        assert!(text.contains("kept") && text.contains("o-1") && text.contains("[hidden]"), "{text}");
    }
}

#[test]
fn a_wrong_filter_or_endpoint_is_named() {
    let refused = |settings: TelemetrySettings| subscriber(&settings, io::sink).err().unwrap().to_string();
    let filter = refused(TelemetrySettings { log_filter: "tropa=loud".into(), ..Default::default() });
    assert!(filter.contains("tropa=loud"), "{filter}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let endpoint =
        refused(TelemetrySettings { otlp_endpoint: Some("not an address".into()), ..Default::default() });
    assert!(endpoint.contains("not an address"), "{endpoint}");
}

#[test]
fn spans_of_libraries_are_not_traced() {
    logged(LogFormat::Json, "trace", || {
        let span = tracing::span!(target: "h2::client", Level::INFO, "poll");
        assert_eq!(span.in_scope(trace::current), None);
    });
}

#[test]
fn the_process_says_what_it_is() {
    let registry = prometheus::Registry::new();
    register_process(&registry).unwrap();
    let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    assert!(
        text.contains(&format!("tropa_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))),
        "{text}"
    );
    assert!(text.contains("process_resident_memory_bytes"), "{text}");
}
