//! When orders are due.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;

/// How exactly orders are let go. The runtime's timer knows only milliseconds: a thread does it.
const GRAIN: Duration = Duration::from_micros(200);
/// More than there are connections.
const OPEN: usize = 1 << 20;

/// Hands out the numbers of a run, each when it is due.
#[derive(Debug)]
pub struct Pace {
    start: Instant,
    /// Orders a second; `None` = whenever a connection is free.
    rate: Option<f64>,
    /// The next number.
    next: AtomicU64,
    /// Numbers from here on are not sent.
    end: AtomicU64,
    due: Semaphore,
}

/// An order that is due.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Its number.
    pub number: u64,
    /// Since when. Latency counts from here.
    pub since: Instant,
}

impl Pace {
    /// Starts now: `total` orders, at this rate.
    pub fn start(rate: Option<f64>, total: u64) -> io::Result<Arc<Self>> {
        let (next, end, due) = (AtomicU64::new(0), AtomicU64::new(total), Semaphore::new(0));
        let pace = Arc::new(Self { start: Instant::now(), rate, next, end, due });
        if let Some(rate) = rate {
            let clock = pace.clone();
            thread::Builder::new().name("pace".to_owned()).spawn(move || clock.tick(rate))?;
        }
        Ok(pace)
    }

    /// When order 0 was due.
    pub fn started(&self) -> Instant {
        self.start
    }

    /// The next order when it is due; `None` when there is none left.
    pub async fn next(&self) -> Option<Due> {
        if self.rate.is_some() {
            // It is never closed: that would take back what was let go and not yet taken.
            self.due.acquire().await.ok()?.forget();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.end.load(Ordering::Relaxed) {
            return None;
        }
        Some(Due { number, since: self.since(number) })
    }

    /// No more.
    pub fn stop(&self) {
        self.end.fetch_min(self.next.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn since(&self, number: u64) -> Instant {
        self.rate.map_or_else(Instant::now, |rate| self.start + Duration::from_secs_f64(number as f64 / rate))
    }

    /// Lets go what is due, again and again. In the end the gate stays open: whoever still comes finds no number left.
    fn tick(&self, rate: f64) {
        let mut let_go = 0;
        loop {
            let end = self.end.load(Ordering::Relaxed);
            if let_go >= end {
                return self.due.add_permits(OPEN);
            }
            let due = ((self.start.elapsed().as_secs_f64() * rate) as u64 + 1).min(end);
            self.due.add_permits(due.saturating_sub(let_go) as usize);
            let_go = let_go.max(due);
            let wait = self.since(let_go).saturating_duration_since(Instant::now());
            // A run at one order a minute must still be stopped within a moment.
            thread::sleep(wait.clamp(GRAIN, Duration::from_millis(50)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_number_comes_once_and_is_due_on_the_grid() {
        let pace = Pace::start(Some(2_000.0), 40).unwrap();
        let mut seen = Vec::new();
        while let Some(due) = pace.next().await {
            assert!(Instant::now() >= due.since, "too early");
            assert_eq!(due.since - pace.started(), Duration::from_secs_f64(due.number as f64 / 2_000.0));
            seen.push(due.number);
        }
        assert_eq!(seen, (0..40).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_share_the_numbers_and_none_is_lost() {
        let pace = Pace::start(Some(50_000.0), 2_000).unwrap();
        let all: tokio::task::JoinSet<usize> = (0..64)
            .map(|_| {
                let pace = pace.clone();
                async move {
                    let mut taken = 0;
                    while pace.next().await.is_some() {
                        taken += 1;
                    }
                    taken
                }
            })
            .collect();
        assert_eq!(all.join_all().await.into_iter().sum::<usize>(), 2_000);
    }

    #[tokio::test]
    async fn it_stops() {
        let pace = Pace::start(Some(0.001), 1_000).unwrap();
        assert_eq!(pace.next().await.map(|due| due.number), Some(0));
        pace.stop();
        assert!(pace.next().await.is_none());
        let flat_out = Pace::start(None, 2).unwrap();
        assert!(flat_out.next().await.is_some() && flat_out.next().await.is_some());
        assert!(flat_out.next().await.is_none());
    }
}
