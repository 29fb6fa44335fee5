//! Drivers who move: each says where it is every two seconds, to whoever listens.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::Full;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};

use crate::harness::{self, Tropa};

/// Often enough for a driver never to be silent for long.
const EVERY: Duration = Duration::from_secs(2);
/// Drivers entered at the same time.
const AT_ONCE: usize = 16;

/// The drivers of a scene.
pub struct Drivers {
    urls: Arc<Mutex<Vec<String>>>,
    moving: JoinHandle<()>,
}

impl Drivers {
    /// Enters `driver-0` … around the default pickup, and has them move from now on.
    pub async fn enter(tropa: &Tropa, count: usize) -> Self {
        let mut entering = JoinSet::new();
        for n in 0..count {
            if entering.len() >= AT_ONCE {
                entering.join_next().await.expect("there are some").expect("no panic");
            }
            entering.spawn(enter(tropa.url(), n));
        }
        entering.join_all().await;
        let urls = Arc::new(Mutex::new(vec![tropa.url()]));
        while !report(&tropa.url(), count, 0).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let heard = urls.clone();
        let moving = tokio::spawn(async move {
            for round in 1.. {
                tokio::time::sleep(EVERY).await;
                let urls = heard.lock().unwrap().clone();
                for url in urls {
                    if report(&url, count, round).await {
                        break;
                    }
                }
            }
        });
        Self { urls, moving }
    }

    /// They report to the first of these that listens.
    pub fn aim(&self, urls: Vec<String>) {
        *self.urls.lock().unwrap() = urls;
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        self.moving.abort();
    }
}

async fn send(request: http::Request<Full<hyper::body::Bytes>>) -> Option<u16> {
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
    let answer = tokio::time::timeout(Duration::from_secs(5), harness::answer(&client, request)).await;
    Some(answer.ok()?.ok()?.status)
}

/// Tries until the driver is known: the servers may still be on their way.
async fn enter(url: String, n: usize) {
    let tried = async {
        loop {
            let body = json!({ "name": format!("Driver {n}"), "status": "available" });
            let request = http::Request::put(format!("{url}/api/v1/drivers/driver-{n}"))
                .header("content-type", "application/json")
                .body(harness::json(&body))
                .expect("a request");
            if send(request).await.is_some_and(|status| status < 300) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), tried).await.expect("a driver can be entered in time");
}

/// Whether all positions were taken.
async fn report(url: &str, count: usize, round: usize) -> bool {
    let place = |n: usize| ((n + round) % 100) as f64 * 0.0001;
    let line = |n| json!({ "driver_id": format!("driver-{n}"), "lat": -23.55 - place(n), "lng": -46.63 - place(n / 7) });
    let lines = (0..count).map(|n| line(n).to_string()).collect::<Vec<_>>().join("\n");
    let request = http::Request::post(format!("{url}/api/v1/drivers/positions"))
        .header("content-type", "application/x-ndjson")
        .body(Full::new(lines.into()))
        .expect("a request");
    send(request).await.is_some_and(|status| status < 300)
}
