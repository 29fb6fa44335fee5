//! Sending: one task per connection, all drawing from one schedule.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinSet;

use super::ledger::{Ledger, Pen, order_id};
use super::pace::{Due, Pace};
use super::place::Pickups;
use super::report::{Report, Tally};
use super::{Args, Plan};
use crate::wire::{JSON, Target, Wire};

/// Shared by all connections.
struct Schedule {
    pace: Arc<Pace>,
    interrupted: AtomicBool,
    warmup: Duration,
    prefix: String,
    pickups: Pickups,
    deliver_after: Option<Duration>,
    bar: ProgressBar,
}

/// A bar on a terminal, nothing elsewhere.
pub fn progress(total: u64, what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(total).with_message(what);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Sends what is planned; returns early, with what it has, at the first Ctrl-C.
pub async fn run(args: &Args, plan: Plan, target: &Target, prefix: &str) -> anyhow::Result<Report> {
    let ledger = args.ledger.as_deref().map(|path| Ledger::create(path, prefix)).transpose()?;
    let schedule = Arc::new(Schedule {
        pace: Pace::start((plan.rate > 0.0).then_some(plan.rate), plan.total)?,
        interrupted: AtomicBool::new(false),
        warmup: plan.warmup,
        prefix: prefix.to_owned(),
        pickups: args.pickups,
        deliver_after: args.deliver_after.map(|s| Duration::from_secs_f64(s.clamp(0.0, 86_400.0))),
        bar: progress(if plan.total == u64::MAX { 0 } else { plan.total }, "orders"),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..args.connections {
        let sender = Sender {
            schedule: schedule.clone(),
            wire: Wire::new(target.clone()),
            pen: ledger.as_ref().map(Ledger::pen),
            tally: Tally::default(),
            undelivered: VecDeque::new(),
        };
        tasks.spawn(sender.run());
    }
    let mut minders = JoinSet::new();
    minders.spawn(interrupt(schedule.clone()));
    minders.spawn(limit(schedule.pace.clone(), plan.limit));
    let mut tally = Tally::default();
    while let Some(sent) = tasks.join_next().await {
        tally.add(&sent??);
    }
    minders.abort_all();
    schedule.bar.finish_and_clear();
    if let Some(ledger) = ledger {
        ledger.close()?;
    }
    Ok(Report::new(tally, schedule.pace.started() + plan.warmup))
}

/// Ends the run at the first Ctrl-C, and the process at the second.
async fn interrupt(schedule: Arc<Schedule>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        schedule.interrupted.store(true, Ordering::Relaxed);
        schedule.pace.stop();
        if tokio::signal::ctrl_c().await.is_ok() {
            // 128 + SIGINT, as shells say it.
            std::process::exit(130);
        }
    }
}

/// Ends the sending when its time is up; what was accepted is still delivered.
async fn limit(pace: Arc<Pace>, limit: Option<Duration>) {
    if let Some(limit) = limit {
        tokio::time::sleep(limit).await;
        pace.stop();
    }
}

struct Sender {
    schedule: Arc<Schedule>,
    wire: Wire,
    pen: Option<Pen>,
    tally: Tally,
    undelivered: VecDeque<(Instant, u64)>,
}

impl Sender {
    async fn run(mut self) -> anyhow::Result<Tally> {
        while let Some(due) = self.schedule.pace.next().await {
            if let Some(pen) = &mut self.pen {
                pen.attempt(due.number).await?;
            }
            self.order(due).await;
            self.deliver(false).await;
        }
        self.deliver(true).await;
        Ok(self.tally)
    }

    async fn order(&mut self, Due { number: n, since }: Due) {
        let id = order_id(&self.schedule.prefix, n);
        let (lat, lng) = self.schedule.pickups.of(n);
        let body =
            format!(r#"{{"id":"{id}","price":100.0,"tax":10.0,"pickup":{{"lat":{lat:.6},"lng":{lng:.6}}}}}"#);
        let answer = self.wire.send(Method::POST, "/api/v1/orders", JSON, body).await;
        let status = answer.as_ref().ok().map(|(status, _)| *status);
        if let Some(pen) = &self.pen {
            pen.answer(n, status);
        }
        let measured = since.duration_since(self.schedule.pace.started()) >= self.schedule.warmup;
        self.tally.record(status, since.elapsed(), measured);
        self.schedule.bar.inc(1);
        match status {
            Some(201) if self.schedule.deliver_after.is_some() => {
                self.undelivered.push_back((Instant::now(), n));
            }
            Some(_) => {}
            // A server that is away is not asked in a tight loop.
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }

    /// Delivers what was accepted long enough ago; with `all`, waits for the rest.
    async fn deliver(&mut self, all: bool) {
        let Some(after) = self.schedule.deliver_after else { return };
        while let Some((accepted, n)) = self.undelivered.front().copied() {
            if accepted.elapsed() < after {
                if !all || self.schedule.interrupted.load(Ordering::Relaxed) {
                    return;
                }
                tokio::time::sleep(after.saturating_sub(accepted.elapsed())).await;
            }
            self.undelivered.pop_front();
            let path = format!("/api/v1/orders/{}/deliver", order_id(&self.schedule.prefix, n));
            match self.wire.send(Method::POST, &path, JSON, "{}").await {
                Ok((200, _)) => self.tally.delivered += 1,
                // Not dispatched yet: later.
                Ok((409, _)) if !all => self.undelivered.push_back((Instant::now(), n)),
                _ => {}
            }
        }
    }
}
