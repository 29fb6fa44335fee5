//! The client: many at once, each request in the ledger before it leaves and after it is answered.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    checker::{Attempt, Ledger, Outcome, Wanted},
    harness::{self, answer},
};

/// Requests at the same time.
const CLIENTS: usize = 24;

/// All clients of a campaign; they outlive the servers they talk to.
pub struct Load {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

struct Shared {
    ledger: Ledger,
    file: PathBuf,
    /// Where to; changes with every restart.
    url: Mutex<String>,
    client: Client<HttpConnector, Full<Bytes>>,
    running: AtomicBool,
    attempts: AtomicU64,
    in_flight: AtomicUsize,
    /// Orders that were acknowledged and may have a driver, to be delivered or cancelled.
    known: Mutex<Vec<String>>,
    /// Creates without an answer, to be repeated under the same id and key.
    open: Mutex<Vec<Wanted>>,
    prefix: String,
}

impl Load {
    /// Nothing is sent before [`run`](Self::run).
    pub fn new(file: PathBuf, prefix: &str) -> Self {
        let shared = Shared {
            ledger: Ledger::open(&file).expect("a ledger"),
            file,
            url: Mutex::default(),
            // A connection a request: no request is lost on a connection the server was just closing.
            client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http(),
            running: AtomicBool::new(false),
            attempts: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            known: Mutex::default(),
            open: Mutex::default(),
            prefix: prefix.to_owned(),
        };
        Self { shared: Arc::new(shared), clients: JoinSet::new() }
    }

    /// Sends to this server until [`stop`](Self::stop).
    pub fn run(&mut self, url: String, random: &mut Rng) {
        *self.shared.url.lock().unwrap() = url;
        // Those of the last round have come to an end since.
        self.shared.known.lock().unwrap().clear();
        self.shared.running.store(true, Ordering::SeqCst);
        for _ in 0..CLIENTS {
            let (shared, random) = (self.shared.clone(), random.fork());
            self.clients.spawn(async move { shared.one_client(random).await });
        }
    }

    /// Lets every client finish the request it is at.
    pub async fn stop(&mut self) {
        self.shared.running.store(false, Ordering::SeqCst);
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("a client does not panic");
        }
    }

    /// Waits until this many more requests were begun.
    pub async fn begun(&self, more: u64) {
        let until = self.shared.attempts.load(Ordering::SeqCst) + more;
        while self.shared.attempts.load(Ordering::SeqCst) < until {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Requests without an answer at this moment.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::SeqCst)
    }

    /// Repeats what was never answered, and delivers `orders`: what a patient client does when all is well again.
    pub async fn settle(&self, url: &str, orders: Vec<String>) {
        url.clone_into(&mut self.shared.url.lock().unwrap());
        let open = std::mem::take(&mut *self.shared.open.lock().unwrap());
        let deliver = orders.into_iter().map(|id| Wanted::Command { id, event: "delivered".to_owned() });
        let mut work: Vec<Wanted> = open.into_iter().chain(deliver).collect();
        while !work.is_empty() {
            let mut batch = JoinSet::new();
            for wanted in work.split_off(work.len().saturating_sub(CLIENTS)) {
                let shared = self.shared.clone();
                batch.spawn(async move { shared.attempt(wanted).await });
            }
            batch.join_all().await;
        }
    }

    /// The ledger's file.
    pub fn ledger(&self) -> &std::path::Path {
        &self.shared.file
    }
}

impl Shared {
    async fn one_client(&self, mut random: Rng) {
        while self.running.load(Ordering::SeqCst) {
            let wanted = self.choose(&mut random);
            self.attempt(wanted).await;
        }
    }

    fn choose(&self, random: &mut Rng) -> Wanted {
        let dice = random.u8(0..100);
        if dice < 30 {
            let mut known = self.known.lock().unwrap();
            if known.len() > CLIENTS {
                // Old enough that many of them have a driver by now.
                let at = random.usize(0..known.len() / 2);
                let id = known.remove(at);
                let event = if dice < 22 { "delivered" } else { "cancelled" };
                return Wanted::Command { id, event: event.to_owned() };
            }
        } else if dice < 35
            && let Some(again) = self.open.lock().unwrap().pop()
        {
            return again;
        }
        let number = self.attempts.load(Ordering::SeqCst);
        let id = format!("{}-{number}-{:08x}", self.prefix, random.u32(..));
        let key = random.bool().then(|| format!("key-{id}"));
        Wanted::Create { key, price: random.i64(100..1_000_000), id }
    }

    async fn attempt(&self, wanted: Wanted) {
        let number = self.attempts.fetch_add(1, Ordering::SeqCst);
        let mut attempt = Attempt { number, wanted, outcome: Outcome::Sent };
        self.ledger.put(&attempt).await;
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        attempt.outcome = self.send(&attempt.wanted).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.ledger.put(&attempt).await;
        match (attempt.wanted, attempt.outcome) {
            (Wanted::Create { id, .. }, Outcome::Accepted { .. }) => self.known.lock().unwrap().push(id),
            (wanted @ Wanted::Create { .. }, Outcome::Unknown { .. }) => {
                self.open.lock().unwrap().push(wanted);
                // The server is away or overloaded: asking it at once again helps nobody.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // Not dispatched yet: later, maybe.
            (Wanted::Command { id, .. }, Outcome::Refused { status: 409 }) if number.is_multiple_of(2) => {
                self.known.lock().unwrap().push(id);
            }
            _ => {}
        }
    }

    async fn send(&self, wanted: &Wanted) -> Outcome {
        let unknown = |why: String| Outcome::Unknown { why };
        let answer = match answer(&self.client, self.request(wanted)).await {
            Ok(answer) => answer,
            Err(error) => return unknown(format!("{error:#}")),
        };
        let body = answer.json();
        match (answer.status, body["id"].as_str(), body["version"].as_i64()) {
            (status @ 200..=299, Some(id), Some(version)) => {
                Outcome::Accepted { status, id: id.to_owned(), version }
            }
            (status @ 400..=499, ..) => Outcome::Refused { status },
            (status, ..) => unknown(format!("{status} {}", answer.text)),
        }
    }

    fn request(&self, wanted: &Wanted) -> http::Request<Full<Bytes>> {
        let url = self.url.lock().unwrap().clone();
        let (path, key, body) = match wanted {
            Wanted::Create { id, key, price } => {
                let price = format!("{}.{:02}", price / 100, price % 100);
                (String::new(), key.as_deref(), json!({ "id": id, "price": price, "tax": "1.00" }))
            }
            Wanted::Command { id, event } if event == "delivered" => {
                (format!("/{id}/deliver"), None, json!({}))
            }
            Wanted::Command { id, .. } => {
                (format!("/{id}/cancel"), None, json!({ "reason": "no longer hungry" }))
            }
        };
        let mut request = http::Request::post(format!("{url}/api/v1/orders{path}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.body(harness::json(&body)).expect("a request")
    }
}
