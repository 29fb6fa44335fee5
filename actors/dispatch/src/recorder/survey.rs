//! Who else a search could have found: looked at right after it, for a few searches a second at most.
//!
//! The search itself stops at the first who fits, and is to go on doing so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::timeout;
use tropa_supervision::{Pulse, Step};

use super::Recorder;
use crate::domain::{Candidate, Driver, DriverId, GeoPoint, OrderId, SearchSeen};
use crate::port::{Claim, DriverIndex};

/// Candidates that are remembered, at most.
const CANDIDATES: usize = 16;

/// So many searches may follow each other at once, and so many a second: at saturation next to none is looked at.
const BURST: f64 = 32.0;
const PER_SECOND: f64 = 4.0;

/// Searches that wait to be looked at.
const WAITING: usize = 64;

/// What takes longer is not worth it.
const PATIENCE: Duration = Duration::from_secs(1);

const SEARCH: Step = Step::idle("waiting for a search");
const LOOKING: Step = Step::new("looking who else was there");

/// A search that was made.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// For this order.
    pub order: OrderId,
    /// Around this point.
    pub pickup: GeoPoint,
    /// Within these circles, one after the other.
    pub radii_m: Vec<f64>,
    /// None of these.
    pub excluded: Vec<DriverId>,
    /// Who was found.
    pub claim: Option<Claim>,
    /// When.
    pub at: Instant,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Survey {
    at: Instant,
    radius_m: f64,
    candidates: Vec<Candidate>,
}

/// What is to be looked at.
#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    bell: Notify,
}

#[derive(Debug)]
struct Inner {
    wanted: VecDeque<Wanted>,
    left: f64,
    at: Instant,
}

impl Default for Queue {
    fn default() -> Self {
        let inner = Inner { wanted: VecDeque::new(), left: BURST, at: Instant::now() };
        Self { inner: Mutex::new(inner), bell: Notify::new() }
    }
}

impl Queue {
    pub fn want(&self, wanted: impl FnOnce() -> Wanted) {
        let mut inner = self.lock();
        let now = Instant::now();
        inner.left = (inner.left + PER_SECOND * (now - inner.at).as_secs_f64()).min(BURST);
        inner.at = now;
        if inner.left < 1.0 || inner.wanted.len() == WAITING {
            return;
        }
        inner.left -= 1.0;
        inner.wanted.push_back(wanted());
        drop(inner);
        self.bell.notify_one();
    }

    async fn next(&self) -> Wanted {
        loop {
            if let Some(wanted) = self.lock().wanted.pop_front() {
                return wanted;
            }
            self.bell.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Survey {
    pub fn told(&self, when: impl Fn(Instant) -> OffsetDateTime) -> SearchSeen {
        SearchSeen { at: when(self.at), radius_m: self.radius_m, candidates: self.candidates.clone() }
    }

    /// What is to be said of those who are near.
    fn of(wanted: Wanted, near: Vec<(Driver, f64)>) -> Self {
        let Wanted { radii_m, excluded, claim, at, .. } = wanted;
        let found = claim.as_ref().map(|claim| claim.distance_m);
        let widest = radii_m.last().copied().unwrap_or_default();
        let reached = |found: f64| radii_m.iter().copied().find(|radius| *radius >= found).unwrap_or(widest);
        let radius_m = found.map_or(widest, reached);
        let why = |driver: &Driver, distance: f64| match found {
            _ if excluded.contains(&driver.id) => "had an order when this one was to be theirs",
            _ if driver.silent => "not heard of for too long",
            _ if distance > widest => "outside the widest circle",
            Some(found) if distance >= found => "farther away",
            Some(_) => "came free, or nearer, after the search",
            None => "came free, or into the circle, after the search",
        };
        let other = |(driver, distance_m): (Driver, f64)| Candidate {
            why: why(&driver, distance_m).to_owned(),
            driver_id: driver.id,
            name: driver.name,
            distance_m,
            chosen: false,
        };
        let chosen = claim.map(|Claim { driver_id, driver_name, distance_m, .. }| Candidate {
            driver_id,
            name: driver_name,
            distance_m,
            chosen: true,
            why: "the nearest who was free".to_owned(),
        });
        let others = near.into_iter().map(other);
        let others = others.filter(|other| chosen.as_ref().is_none_or(|c| c.driver_id != other.driver_id));
        let mut candidates: Vec<_> = others.take(CANDIDATES - chosen.iter().len()).collect();
        candidates.extend(chosen);
        candidates.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        Self { at, radius_m, candidates }
    }
}

/// Looks who else was there.
pub(crate) struct Surveyor {
    /// What is to be looked at, and where it is remembered.
    pub recorder: Recorder,
    /// The drivers.
    pub index: Arc<dyn DriverIndex>,
}

impl Surveyor {
    /// Looks at search after search, until told to stop.
    pub async fn run(self, pulse: Pulse) {
        let looking = async {
            loop {
                pulse.at(SEARCH);
                let wanted = self.recorder.0.queue.next().await;
                pulse.at(LOOKING);
                let widest = wanted.radii_m.last().copied().unwrap_or_default();
                let near = self.index.near(wanted.pickup, widest, CANDIDATES as u32);
                // An index that does not answer is seen elsewhere; who was found is known all the same.
                let near = timeout(PATIENCE, near).await.ok().and_then(Result::ok).unwrap_or_default();
                let order = wanted.order.clone();
                self.recorder.saw(&order, Survey::of(wanted, near));
                pulse.round();
            }
        };
        pulse.until_stopped(looking).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClaimToken, DriverStatus};

    fn wanted(claim: Option<f64>) -> Wanted {
        let claim = claim.map(|distance_m| Claim {
            driver_id: "won".parse().unwrap(),
            driver_name: "Won".to_owned(),
            distance_m,
            token: ClaimToken::fresh(),
        });
        let excluded = vec!["busy".parse().unwrap()];
        let (order, pickup) = ("o".parse().unwrap(), GeoPoint::new(0.0, 0.0).unwrap());
        Wanted { order, pickup, radii_m: vec![100.0, 1_000.0], excluded, claim, at: Instant::now() }
    }

    fn driver(id: &str, distance: f64, silent: bool) -> (Driver, f64) {
        let (id, name, status) = (id.parse().unwrap(), id.to_owned(), DriverStatus::Available);
        (Driver { id, name, status, position: None, order_id: None, silent }, distance)
    }

    #[test]
    fn each_is_said_why_and_the_nearest_come_first() {
        let near = vec![driver("near", 5.0, false), driver("busy", 6.0, false), driver("far", 300.0, false)];
        let seen = Survey::of(wanted(Some(200.0)), [near, vec![driver("quiet", 400.0, true)]].concat());
        let ranked: Vec<_> = seen.candidates.iter().map(|c| (c.name.as_str(), c.why.as_str())).collect();
        assert_eq!(
            ranked,
            [
                ("near", "came free, or nearer, after the search"),
                ("busy", "had an order when this one was to be theirs"),
                ("Won", "the nearest who was free"),
                ("far", "farther away"),
                ("quiet", "not heard of for too long"),
            ]
        );
        assert_eq!(seen.radius_m as u64, 1_000, "the smallest circle with who was found");
        let nobody = Survey::of(wanted(None), vec![driver("away", 2_000.0, false)]);
        assert_eq!(nobody.candidates[0].why, "outside the widest circle");
        let many = (0..40).map(|n| driver(&format!("d-{n}"), f64::from(n), false)).collect();
        let many = Survey::of(wanted(Some(900.0)), many);
        assert_eq!(many.candidates.len(), CANDIDATES);
        assert!(many.candidates.last().unwrap().chosen, "whoever was found is among them");
    }

    #[test]
    fn at_saturation_hardly_any_search_is_looked_at() {
        let queue = Queue::default();
        (0..10_000).for_each(|_| queue.want(|| wanted(None)));
        assert!((32..40).contains(&queue.lock().wanted.len()), "{}", queue.lock().wanted.len());
    }
}
