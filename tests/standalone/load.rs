//! The load generator and the city, as programs against a server.

use std::{
    collections::HashMap,
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::{Mutex, mpsc},
    time::timeout,
};

use crate::{
    cli::{Run, tropa},
    harness::{Setup, Tropa},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// A server that takes every order, after as long as it is told to.
struct Counter {
    url: String,
    /// Told each time an order has arrived.
    arrived: mpsc::UnboundedReceiver<()>,
    /// Held: nobody is answered.
    gate: Arc<Mutex<()>>,
}

impl Counter {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, arrived) = mpsc::unbounded_channel();
        let gate = Arc::new(Mutex::new(()));
        let shared = gate.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, tell.clone(), shared.clone()));
            }
        });
        Self { url, arrived, gate }
    }

    async fn arrivals(&mut self, count: usize) {
        for _ in 0..count {
            timeout(PATIENCE, self.arrived.recv()).await.expect("an order arrives").unwrap();
        }
    }
}

async fn serve(mut stream: TcpStream, tell: mpsc::UnboundedSender<()>, gate: Arc<Mutex<()>>) -> Option<()> {
    let (mut text, mut chunk) = (String::new(), [0; 4096]);
    loop {
        while !whole(&text) {
            let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
            text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        }
        text.clear();
        tell.send(()).ok()?;
        drop(gate.lock().await);
        let body = r#"{"id":"x","version":1}"#;
        let answer = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

fn whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

fn start(url: &str, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tropa"));
    command.env_clear().args(["--url", url, "-o", "json"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().expect("it can be run")
}

fn interrupt(child: &Child) {
    let pid = child.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

async fn end(child: Child) -> Run {
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("it ends").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[tokio::test]
async fn orders_are_measured_and_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let server = Setup::on(folder.path()).with("TROPA_EXAMPLE_DRIVERS", "false").start().await;
    let arguments = [
        "--output",
        "json",
        "loadgen",
        "--rate",
        "400",
        "--count",
        "200",
        "--prefix",
        "run",
        "--drivers",
        "200",
        "--wait-dispatched",
        "60",
        "--ledger",
        "ledger",
    ];
    let environment = [("TROPA_URL", server.url())];
    let environment = environment.each_ref().map(|(name, url)| (*name, url.as_str()));
    let run = tropa(folder.path(), &environment, &arguments).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = run.json();
    assert_eq!((&report["sent"], &report["accepted"]), (&200.into(), &200.into()), "{report}");
    assert_eq!(report["answers"], serde_json::json!({ "201": 200 }));
    let latency = |name: &str| number(&report["latency"][name]);
    assert!(latency("p50_ms") > 0.0 && latency("p50_ms") <= latency("p99_ms"), "{report}");
    assert!(latency("p99_ms") <= latency("max_ms"), "{report}");
    assert_eq!((&report["dispatched"]["orders"], &report["dispatched"]["all"]), (&200.into(), &true.into()));
    assert!(number(&report["per_second"]) <= 500.0, "the rate is kept: {report}");

    ledger_is_right(&folder.path().join("ledger"), 200);
    let order = server.get("/api/v1/orders/run-199").await.unwrap();
    assert_eq!(order.json()["status"], "DISPATCHED", "{order:?}");
    let again = tropa(folder.path(), &environment, &arguments).await;
    assert!(
        again.code == Some(1) && again.stderr.contains("ledger"),
        "evidence is not overwritten: {again:?}"
    );
}

/// Each answer behind its attempt, each once.
fn ledger_is_right(path: &Path, count: usize) {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut attempts, mut answers) = (HashMap::new(), HashMap::new());
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (id, at) = (line["id"].as_str().unwrap().to_owned(), line["at_us"].as_i64().unwrap());
        if line["entry"] == "attempt" {
            assert!(attempts.insert(id, at).is_none(), "twice: {line}");
        } else {
            assert!(attempts.get(&id).is_some_and(|attempt| *attempt <= at), "before its attempt: {line}");
            assert_eq!(line["status"], 201);
            assert!(answers.insert(id, at).is_none(), "twice: {line}");
        }
    }
    assert_eq!(answers.len(), count);
    assert!(answers.contains_key("run-0"));
}

#[tokio::test]
async fn a_stall_is_charged_to_everybody_it_kept_waiting() {
    let mut server = Counter::open().await;
    let child = start(&server.url, &["loadgen", "--rate", "100", "--count", "100", "--connections", "1"]);
    server.arrivals(30).await;
    let held = server.gate.clone().lock_owned().await;
    server.arrivals(1).await;
    // The stall is what is measured here, not waited for.
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(held);
    let run = end(child).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    let latency = &run.json()["latency"];
    assert!(number(&latency["max_ms"]) >= 480.0, "{latency}");
    // Fifty orders were due during the stall. A generator that waits for its answers would have seen one slow one.
    assert!(number(&latency["p90_ms"]) >= 200.0, "{latency}");
    assert!(number(&latency["p50_ms"]) < number(&latency["p90_ms"]), "{latency}");
}

#[tokio::test]
async fn deliveries_do_not_count_as_time_it_took_to_accept() {
    let server = Counter::open().await;
    let began = Instant::now();
    let arguments = ["loadgen", "--rate", "0", "--count", "20", "--connections", "2", "--deliver-after", "5"];
    let run = end(start(&server.url, &arguments)).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(began.elapsed() >= Duration::from_secs(5), "it delivers in the end");
    assert!(number(&run.json()["seconds"]) < 5.0, "{run:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 64]).await;
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    let arguments =
        ["--rate", "0", "--count", "3", "--connections", "1", "--ledger", ledger.to_str().unwrap()];
    let run = end(start(&url, &[&["loadgen"][..], &arguments].concat())).await;
    assert_eq!(run.code, Some(1), "{run:?}");
    let report = run.json();
    assert_eq!((&report["unknown"], &report["accepted"]), (&3.into(), &0.into()), "{report}");
    let text = std::fs::read_to_string(&ledger).unwrap();
    let unknown = |line: &&str| line.contains(r#""entry":"answer""#) && line.contains(r#""status":null"#);
    assert_eq!(text.lines().filter(unknown).count(), 3, "{text}");
}

#[tokio::test]
async fn the_first_interrupt_brings_the_summary() {
    let mut server = Counter::open().await;
    // At this rate the connections would be busy for minutes with orders that are not due yet.
    let child = start(&server.url, &["loadgen", "--rate", "2", "--count", "1000", "--connections", "64"]);
    server.arrivals(2).await;
    interrupt(&child);
    let run = end(child).await;
    let sent = run.json()["sent"].as_u64().unwrap();
    assert!((2..10).contains(&sent), "{run:?}");
    assert_eq!(run.code, Some(0), "all that was sent was accepted: {run:?}");
}

#[tokio::test]
async fn the_second_interrupt_ends_it() {
    let mut server = Counter::open().await;
    let held = server.gate.clone().lock_owned().await;
    let mut child = start(&server.url, &["loadgen", "--rate", "0", "--count", "10", "--connections", "2"]);
    server.arrivals(2).await;
    // Until it is gone: signals that follow one another closely are one.
    let ended = async {
        loop {
            interrupt(&child);
            if let Ok(status) = timeout(Duration::from_millis(100), child.wait()).await {
                return status.unwrap();
            }
        }
    };
    assert_eq!(timeout(PATIENCE, ended).await.expect("it ends").code(), Some(130));
    drop(held);
}

#[tokio::test]
async fn a_city_lives() {
    let folder = tempfile::tempdir().unwrap();
    let server = Tropa::start(folder.path()).await;
    let city = ["simulate", "--drivers", "20", "--rate", "20", "--delivery", "0.5", "--cancel", "0.2"];
    let run = end(start(&server.url(), &[&city[..], &["--duration", "3"]].concat())).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    let summary = run.json();
    let of = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {summary}"));
    assert!(of("created") > 10 && of("delivered") > 0 && of("cancelled") > 0, "{summary}");
    assert_eq!(of("created"), of("delivered") + of("cancelled") + of("manual") + of("open"), "{summary}");
    assert!(number(&summary["dispatch"]["p50_ms"]) > 0.0, "{summary}");

    let child = start(&server.url(), &[&city[..], &["--duration", "0"]].concat());
    let orders = async || server.get("/api/v1/overview").await.unwrap().text;
    let before = orders().await;
    timeout(PATIENCE, async {
        while orders().await == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("it lives");
    interrupt(&child);
    let run = end(child).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.json()["seconds"].is_number(), "{run:?}");
}
