//! The clients: orders arrive at a fixed rate whatever the servers do, each request in the ledger before it leaves and
//! after it is answered.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
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
    harness,
};

/// Whoever hears nothing for this long gives up, and tries again later.
const PATIENCE: Duration = Duration::from_secs(8);
/// Requests at the same time when everything is asked once more.
const CLIENTS: usize = 16;
/// The problem of a request whose key another one, not answered yet, came with.
const KEY_IN_FLIGHT: &str = "/problems/idempotency-key-in-flight";

/// What the clients do, in percent of all arrivals; the rest are new orders.
#[derive(Clone, Copy)]
pub struct Mix {
    pub deliver: u8,
    pub cancel: u8,
}

impl Mix {
    /// A day like any other.
    pub const USUAL: Self = Self { deliver: 20, cancel: 8 };
    /// As many orders end as come in: drivers do not run out, however long it lasts.
    pub const STEADY: Self = Self { deliver: 40, cancel: 10 };
}

/// All clients of a run; they outlive the servers they talk to.
pub struct Load {
    shared: Arc<Shared>,
    arrivals: Option<tokio::task::JoinHandle<JoinSet<()>>>,
    stop: tokio::sync::watch::Sender<bool>,
}

struct Shared {
    ledger: Ledger,
    file: PathBuf,
    /// Where to, in turn.
    urls: Mutex<Vec<String>>,
    client: Client<HttpConnector, Full<Bytes>>,
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
            urls: Mutex::default(),
            // A connection a request: no request is lost on a connection the server was just closing.
            client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http(),
            attempts: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            known: Mutex::default(),
            open: Mutex::default(),
            prefix: prefix.to_owned(),
        };
        Self { shared: Arc::new(shared), arrivals: None, stop: tokio::sync::watch::Sender::new(false) }
    }

    /// Sends to these servers from now on.
    pub fn aim(&self, urls: Vec<String>) {
        *self.shared.urls.lock().unwrap() = urls;
    }

    /// `rate` arrivals a second until [`stop`](Self::stop).
    pub fn run(&mut self, rate: f64, mix: Mix, mut random: Rng) {
        assert!(self.arrivals.is_none(), "it runs already");
        self.stop.send_replace(false);
        let (shared, mut stop) = (self.shared.clone(), self.stop.subscribe());
        self.arrivals = Some(tokio::spawn(async move {
            let mut requests = JoinSet::new();
            let mut next = tokio::time::Instant::now();
            loop {
                // Exponential gaps: arrivals come in bursts, as they do.
                next += Duration::from_secs_f64(-(1.0 - random.f64()).ln() / rate);
                tokio::select! {
                    () = tokio::time::sleep_until(next) => {}
                    _ = stop.wait_for(|stop| *stop) => return requests,
                }
                let (shared, wanted) = (shared.clone(), shared.choose(mix, &mut random));
                requests.spawn(async move { shared.attempt(wanted).await });
                while requests.try_join_next().is_some() {}
            }
        }));
    }

    /// No more arrivals; returns when every request has come to its end.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(arrivals) = self.arrivals.take() {
            arrivals.await.expect("arrivals do not panic").join_all().await;
        }
    }

    /// Requests without an answer at this moment.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::SeqCst)
    }

    /// Repeats what was never answered, and delivers `orders`: what a patient client does when all is well again.
    pub async fn settle(&self, orders: Vec<String>) {
        let open = std::mem::take(&mut *self.shared.open.lock().unwrap());
        let deliver = orders.into_iter().map(|id| Wanted::Command { id, event: "delivered".to_owned() });
        self.ask(open.into_iter().chain(deliver).collect()).await;
    }

    /// Asks for all of this, some at a time.
    async fn ask(&self, work: Vec<Wanted>) {
        self.clients().ask(work).await;
    }

    /// Clients without a plan of their own.
    pub fn clients(&self) -> Clients {
        Clients(self.shared.clone())
    }

    /// The ledger's file.
    pub fn ledger(&self) -> &Path {
        &self.shared.file
    }
}

/// Clients who ask for what they are told to.
#[derive(Clone)]
pub struct Clients(Arc<Shared>);

impl Clients {
    /// Asks for all of this, some at a time.
    pub async fn ask(&self, mut work: Vec<Wanted>) {
        while !work.is_empty() {
            let mut batch = JoinSet::new();
            for wanted in work.split_off(work.len().saturating_sub(CLIENTS)) {
                let shared = self.0.clone();
                batch.spawn(async move { shared.attempt(wanted).await });
            }
            batch.join_all().await;
        }
    }
}

impl Shared {
    fn choose(&self, mix: Mix, random: &mut Rng) -> Wanted {
        let dice = random.u8(0..100);
        if dice < mix.deliver + mix.cancel {
            let mut known = self.known.lock().unwrap();
            if known.len() > CLIENTS {
                // Old enough that many of them have a driver by now.
                let at = random.usize(0..known.len() / 2);
                let id = known.remove(at);
                let event = if dice < mix.deliver { "delivered" } else { "cancelled" };
                return Wanted::Command { id, event: event.to_owned() };
            }
        } else if dice > 92
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
        attempt.outcome = self.send(&attempt.wanted, number).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.ledger.put(&attempt).await;
        match (attempt.wanted, attempt.outcome) {
            (Wanted::Create { id, .. }, Outcome::Accepted { .. }) => self.known.lock().unwrap().push(id),
            (wanted @ Wanted::Create { .. }, Outcome::Unknown { .. }) => {
                self.open.lock().unwrap().push(wanted);
            }
            // Not dispatched yet: later, maybe.
            (Wanted::Command { id, .. }, Outcome::Refused { status: 409 }) if number.is_multiple_of(2) => {
                self.known.lock().unwrap().push(id);
            }
            _ => {}
        }
    }

    async fn send(&self, wanted: &Wanted, number: u64) -> Outcome {
        let unknown = |why: String| Outcome::Unknown { why };
        let Some(request) = self.request(wanted, number) else { return unknown("nobody to ask".to_owned()) };
        let answer = match tokio::time::timeout(PATIENCE, harness::answer(&self.client, request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return unknown(format!("{error:#}")),
            Err(_) => return unknown(format!("no answer within {PATIENCE:?}")),
        };
        let body = answer.json();
        match (answer.status, body["id"].as_str(), body["version"].as_i64()) {
            (status @ 200..=299, Some(id), Some(version)) => {
                Outcome::Accepted { status, id: id.to_owned(), version }
            }
            // The request before this one has not come to its end: what it will do is not known yet.
            (409, ..) if body["type"] == KEY_IN_FLIGHT => unknown("its key is in flight".to_owned()),
            (status @ 400..=499, ..) => Outcome::Refused { status },
            (status, ..) => unknown(format!("{status} {}", answer.text)),
        }
    }

    fn request(&self, wanted: &Wanted, number: u64) -> Option<http::Request<Full<Bytes>>> {
        let url = {
            let urls = self.urls.lock().unwrap();
            urls.get(number as usize % urls.len().max(1))?.clone()
        };
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
        Some(request.body(harness::json(&body)).expect("a request"))
    }
}
