//! Traces, exported to a real receiver.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;
use tokio::time::timeout;
use tracing::{dispatcher::with_default, info_span};
use tropa::telemetry::{self, TelemetrySettings};
use tropa_dispatch::trace;

use crate::{
    collector::Collector,
    harness::{self, Setup},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_a_receiver_before_the_guard_is_gone() {
    let collector = Collector::start().await;
    let settings = TelemetrySettings {
        service_name: "tropa-under-test".to_owned(),
        otlp_endpoint: Some(collector.endpoint()),
        ..Default::default()
    };
    let (dispatch, guard) = telemetry::subscriber(&settings, std::io::sink).unwrap();
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
    with_default(&dispatch, || {
        let http = info_span!(target: "tropa", "http");
        trace::adopt(&http, &caller);
        let row = http.in_scope(|| trace::current().unwrap());
        let consumer = info_span!(target: "tropa", "consumer");
        trace::adopt(&consumer, &row);
        consumer.in_scope(|| tracing::debug_span!(target: "tropa", "statement").in_scope(|| ()));
    });
    drop(guard);

    let spans = collector.spans();
    let span = |name| spans.iter().find(|s| s.name == name).unwrap();
    let (http, consumer, statement) = (span("http"), span("consumer"), span("statement"));
    assert_eq!(spans.len(), 3);
    assert!(spans.iter().all(|s| s.trace_id == 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes()));
    assert_eq!(http.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert_eq!(consumer.parent_span_id, http.span_id);
    assert_eq!(statement.parent_span_id, consumer.span_id);
    assert_eq!(collector.resource("service.name").as_deref(), Some("tropa-under-test"));
    assert_eq!(collector.resource("service.version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert!(collector.resource("service.instance.id").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_not_there_holds_nobody_up() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = TelemetrySettings { otlp_endpoint: Some(format!("http://{gone}")), ..Default::default() };
    let (dispatch, guard) = telemetry::subscriber(&settings, std::io::sink).unwrap();
    with_default(&dispatch, || info_span!(target: "tropa", "order").in_scope(|| ()));
    let before = Instant::now();
    drop(guard);
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

/// The spans of one order, by the trace its caller began.
struct Trace(Vec<Span>);

impl Trace {
    fn named(&self, name: &str) -> &Span {
        let found = self.0.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span {name:?} among {:?}", self.names()))
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|span| span.name.as_str()).collect()
    }

    /// The names from a span up to the one whose parent is not in the trace.
    fn way_up(&self, span: &Span) -> Vec<&str> {
        let start = self.0.iter().find(|other| other.span_id == span.span_id);
        let up =
            std::iter::successors(start, |child| self.0.iter().find(|s| s.span_id == child.parent_span_id));
        up.map(|span| span.name.as_str()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_one_trace_from_http_to_the_last_statement() {
    const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
    const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;
    let (collector, data) = (Collector::start().await, tempfile::tempdir().unwrap());
    let setup = Setup::on(data.path())
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .with("OTEL_SERVICE_NAME", "tropa-end-to-end")
        .with("OTEL_BSP_SCHEDULE_DELAY", 100);
    let mut tropa = setup.start().await;
    tropa.enter_driver("joao", -23.55, -46.63).await;

    let order = json!({ "id": "traced", "price": "100.00", "tax": "10.00" });
    let request = http::Request::post(tropa.url() + "/api/v1/orders")
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE:032x}-{CALLER:016x}-01"))
        .body(harness::json(&order))
        .unwrap();
    assert_eq!(tropa.send(request).await.unwrap().status, 201);
    let ours = |spans: &[Span]| -> Vec<Span> {
        spans.iter().filter(|span| span.trace_id == TRACE.to_be_bytes()).cloned().collect()
    };
    let dispatched = |spans: &[Span]| {
        let trace = ours(spans);
        let applied = trace.iter().any(|span| span.name == "sqlite apply");
        applied && trace.iter().any(|span| span.parent_span_id == CALLER.to_be_bytes())
    };
    timeout(Duration::from_secs(20), collector.until(dispatched)).await.expect("the trace arrives");
    let timeline = tropa.get("/api/v1/orders/traced/events").await.unwrap();
    assert!(timeline.text.matches(&format!("{TRACE:032x}")).count() >= 2, "{}", timeline.text);
    tropa.signal("TERM");
    assert!(tropa.ended(Duration::from_secs(35)).await.success());

    let trace = Trace(ours(&collector.spans()));
    let roots: Vec<_> =
        trace.0.iter().filter(|span| !trace.0.iter().any(|s| s.span_id == span.parent_span_id)).collect();
    assert_eq!(roots.len(), 1, "one tree, not several: {:?}", trace.names());
    assert_eq!(roots[0].parent_span_id, CALLER.to_be_bytes());
    let edge = roots[0].name.as_str();
    assert_eq!(edge, "POST /api/v1/orders");
    assert_eq!(trace.way_up(trace.named("sqlite create")).last(), Some(&edge));
    let way = trace.way_up(trace.named("sqlite apply"));
    assert!(way.contains(&"consume") && way.last() == Some(&edge), "{way:?}");
    assert_eq!(collector.resource("service.name").as_deref(), Some("tropa-end-to-end"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_receiver_is_told_once_and_changes_nothing() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let data = tempfile::tempdir().unwrap();
    let setup = Setup::on(data.path())
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{gone}"))
        .with("OTEL_BSP_SCHEDULE_DELAY", 20);
    let mut tropa = setup.start().await;
    let told = async {
        // Several exports fail, one after the other.
        for n in 0.. {
            let order = json!({ "id": format!("order-{n}"), "price": "1.00", "tax": "1.00" });
            assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 201);
            if n > 20 && tropa.log().contains("cannot be exported") {
                break;
            }
        }
    };
    timeout(Duration::from_secs(30), told).await.expect("it is told");
    tropa.signal("TERM");
    assert!(tropa.ended(Duration::from_secs(35)).await.success());
    let log = tropa.log();
    assert_eq!(log.matches("cannot be exported").count(), 1, "{log}");
    assert!(!log.contains("opentelemetry"), "{log}");
}
