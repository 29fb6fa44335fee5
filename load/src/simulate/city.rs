//! The city: its drivers, its customers, and what they ask of the server.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use http::Method;
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use super::Args;
use super::driver::{Driver, place};
use super::summary::{Counts, Summary};
use crate::loadgen::Latency;
use crate::wire::{JSON, NDJSON, Target, Wire};

/// How often an order under way is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Connections of all customers together.
const CONNECTIONS: usize = 64;

/// An order on its way, looked at again at that time.
struct Open {
    id: String,
    look_at: Instant,
    /// Delivered then, once dispatched.
    deliver_at: Option<Instant>,
}

/// The part of an order's view that a customer looks at.
#[derive(Deserialize)]
struct View {
    id: String,
    status: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

pub struct City {
    args: Args,
    target: Target,
    drivers: Mutex<Vec<Driver>>,
    wires: Mutex<Vec<Wire>>,
    connections: Semaphore,
    open: Mutex<VecDeque<Open>>,
    dispatch_us: Mutex<Histogram<u64>>,
    counts: Counts,
    bar: ProgressBar,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing in here is left half-done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl City {
    /// Registers the drivers and puts them on the road.
    pub async fn found(args: Args, target: Target) -> anyhow::Result<Self> {
        let mut wire = Wire::new(target.clone());
        for n in 0..args.drivers {
            let body = format!(r#"{{"name":"Motorista {n}","status":"available"}}"#);
            let path = format!("/api/v1/drivers/city-{n}");
            let (status, answer) = wire.send(Method::PUT, &path, JSON, body).await?;
            anyhow::ensure!((200..300).contains(&status), "driver refused: {status} {answer:?}");
        }
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        };
        let city = Self {
            drivers: Mutex::new((0..args.drivers).map(|_| Driver::new()).collect()),
            args,
            target,
            wires: Mutex::default(),
            connections: Semaphore::new(CONNECTIONS),
            open: Mutex::default(),
            dispatch_us: Mutex::new(Histogram::new(3)?),
            counts: Counts::default(),
            bar,
        };
        city.report(0.0).await;
        Ok(city)
    }

    /// Drivers drive and report.
    pub async fn traffic(self: Arc<Self>) {
        let mut tick = tokio::time::interval(Duration::from_secs_f64(self.args.report));
        loop {
            tick.tick().await;
            self.report(self.args.report).await;
        }
    }

    async fn report(&self, seconds: f64) {
        let Ok(at) = OffsetDateTime::now_utc().format(&Rfc3339) else { return };
        let mut lines = String::new();
        for (n, driver) in lock(&self.drivers).iter_mut().enumerate() {
            let (lat, lng, heading) = driver.drive(seconds);
            // Writing to a String cannot fail.
            let _ = writeln!(
                lines,
                r#"{{"driver_id":"city-{n}","lat":{lat:.6},"lng":{lng:.6},"heading":{heading:.1},"at":"{at}"}}"#
            );
        }
        self.ask(Method::POST, "/api/v1/drivers/positions", NDJSON, lines, 200).await;
    }

    /// A customer orders, and sometimes changes their mind.
    pub async fn customer(self: Arc<Self>) {
        let ((lat, lng), (to_lat, to_lng)) = (place(), place());
        let cents = fastrand::u32(1_500..20_000);
        let (price, tax) = (f64::from(cents) / 100.0, f64::from(cents / 10) / 100.0);
        let body = format!(
            r#"{{"price":"{price:.2}","tax":"{tax:.2}","pickup":{{"lat":{lat:.6},"lng":{lng:.6}}},"dropoff":{{"lat":{to_lat:.6},"lng":{to_lng:.6}}}}}"#
        );
        let Some(view) = self.ask_order(Method::POST, "/api/v1/orders", body, 201).await else { return };
        Counts::add(&self.counts.created);
        if fastrand::f64() < self.args.cancel {
            sleep(Duration::from_secs_f64(fastrand::f64() * self.args.delivery)).await;
            let path = format!("/api/v1/orders/{}/cancel", view.id);
            let body = r#"{"reason":"changed my mind"}"#;
            // It may have been delivered in the meantime.
            if self.send(Method::POST, &path, JSON, body.to_owned()).await.is_some_and(|(s, _)| s == 200) {
                Counts::add(&self.counts.cancelled);
                return;
            }
        }
        let order = Open { id: view.id, look_at: Instant::now() + LOOK / 5, deliver_at: None };
        lock(&self.open).push_back(order);
    }

    /// Orders under way are looked at, and delivered when it is time.
    pub async fn deliveries(self: Arc<Self>) {
        loop {
            let next = lock(&self.open).pop_front();
            let Some(mut order) = next else {
                sleep(LOOK / 10).await;
                continue;
            };
            sleep_until(order.look_at).await;
            if self.attend(&mut order).await {
                order.look_at = Instant::now() + LOOK;
                lock(&self.open).push_back(order);
            }
        }
    }

    /// Looks at an order, or delivers it. False when it has come to an end.
    async fn attend(&self, order: &mut Open) -> bool {
        if let Some(deliver_at) = order.deliver_at {
            if Instant::now() < deliver_at {
                return true;
            }
            let path = format!("/api/v1/orders/{}/deliver", order.id);
            if let Some((200, _)) = self.send(Method::POST, &path, JSON, "{}".to_owned()).await {
                Counts::add(&self.counts.delivered);
                return false;
            }
            order.deliver_at = None;
            return true;
        }
        let path = format!("/api/v1/orders/{}", order.id);
        let Some(view) = self.ask_order(Method::GET, &path, String::new(), 200).await else { return true };
        match view.status.as_str() {
            "DISPATCHED" => {
                Counts::add(&self.counts.dispatched);
                let took = (view.updated_at - view.created_at).whole_microseconds();
                // Grows as needed; `saturating_record` would not.
                let _ = lock(&self.dispatch_us).record(took.try_into().unwrap_or(0));
                let travel = self.args.delivery * (0.5 + fastrand::f64());
                order.deliver_at = Some(Instant::now() + Duration::from_secs_f64(travel));
                true
            }
            "MANUAL_DISPATCH" => {
                Counts::add(&self.counts.manual);
                false
            }
            "PENDING" => true,
            _ => false,
        }
    }

    /// What is going on, on a terminal.
    pub async fn status_line(self: Arc<Self>) {
        loop {
            sleep(Duration::from_millis(200)).await;
            self.bar.set_message(self.counts.to_string());
            self.bar.tick();
        }
    }

    /// Done when no order is under way, or nothing moves any more.
    pub async fn quiet(&self) {
        let patience = Instant::now() + Duration::from_secs_f64(self.args.delivery * 2.0 + 10.0);
        while self.counts.open() > 0 && Instant::now() < patience {
            sleep(LOOK / 5).await;
        }
    }

    pub fn close(&self) {
        self.bar.finish_and_clear();
    }

    pub fn summary(&self, lived: Duration) -> Summary {
        let counts = &self.counts;
        Summary {
            seconds: lived.as_secs_f64(),
            created: Counts::get(&counts.created),
            dispatched: Counts::get(&counts.dispatched),
            delivered: Counts::get(&counts.delivered),
            cancelled: Counts::get(&counts.cancelled),
            manual: Counts::get(&counts.manual),
            open: counts.open(),
            failed: Counts::get(&counts.failed),
            dispatch: Latency::of(&lock(&self.dispatch_us)),
        }
    }

    async fn ask_order(&self, method: Method, path: &str, body: String, wanted: u16) -> Option<View> {
        let answer = self.ask(method, path, JSON, body, wanted).await?;
        serde_json::from_slice(&answer).ok()
    }

    /// The body of an answer with the status wanted; anything else counts as failed.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: String,
        wanted: u16,
    ) -> Option<hyper::body::Bytes> {
        match self.send(method, path, media_type, body).await {
            Some((status, body)) if status == wanted => Some(body),
            _ => {
                Counts::add(&self.counts.failed);
                None
            }
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: String,
    ) -> Option<(u16, hyper::body::Bytes)> {
        let _place = self.connections.acquire().await.ok()?;
        let idle = lock(&self.wires).pop();
        let mut wire = idle.unwrap_or_else(|| Wire::new(self.target.clone()));
        let answer = wire.send(method, path, media_type, body).await.ok()?;
        lock(&self.wires).push(wire);
        Some(answer)
    }
}
