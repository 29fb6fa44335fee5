//! Traces, exported to a real receiver.

use std::time::{Duration, Instant};

use tracing::{dispatcher::with_default, info_span};
use tropa::telemetry::{self, TelemetrySettings};
use tropa_dispatch::trace;

use crate::collector::Collector;

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
