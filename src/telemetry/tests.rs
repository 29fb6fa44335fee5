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
        trace::adopt(&span, &PARENT.parse().unwrap());
        span.in_scope(|| {
            inside = trace::current();
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
    let lines = logged(LogFormat::Json, "error", || {
        let root = info_span!("http");
        let (root_parent, child_parent) = root.in_scope(|| {
            let child = info_span!("intake");
            (trace::current().unwrap(), child.in_scope(|| trace::current().unwrap()))
        });
        assert_eq!(root_parent.trace_id(), child_parent.trace_id());
        assert_ne!(root_parent.span_id(), child_parent.span_id());
        assert!(!root_parent.sampled());
        // An entered span can still adopt, as long as nobody has asked for its id.
        let late = info_span!("consumer");
        let _entered = late.enter();
        trace::adopt(&late, &root_parent);
        assert_eq!(trace::current().unwrap().trace_id(), root_parent.trace_id());
        tracing::error!("seen");
        warn!("not seen");
    });
    let lines = lines.json();
    assert_eq!(lines.len(), 1);
    assert!(lines[0]["trace_id"].is_string());
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
