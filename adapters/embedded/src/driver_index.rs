//! The driver index of standalone mode: a spatial tree of the drivers that can be given orders right now.

mod place;
mod roster;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tropa_contract::domain::{Driver, DriverId, GeoPoint, OrderId, Position};
use tropa_contract::port::{
    Assignment, Claim, ClaimRequest, Clock, DriverFilter, DriverIndex, Filling, Handovers, IndexError,
    Lasting, Reading, Reported,
};

use roster::{Heard, Now, Roster};

/// Entries changed or looked at under one lock. A longer batch takes several turns, so that a claim never waits for
/// the positions of a whole city.
const TURN: usize = 512;

/// The in-process driver index. Clones share the drivers.
///
/// Ages of positions are measured by the clock that is handed in; leases by the monotonic clock of tokio.
#[derive(Clone)]
pub struct EmbeddedDriverIndex {
    clock: Arc<dyn Clock>,
    roster: Arc<Mutex<Roster>>,
    handovers: Handovers,
    complete: Arc<AtomicBool>,
    /// Who sweeps, and until when.
    sweeper: Arc<Mutex<Option<(String, Instant)>>>,
}

/// There is only one: this index is emptied with its process.
const FILLING: &str = "this process";

impl EmbeddedDriverIndex {
    /// An index without drivers. `max_age` is what claims will ask for; others are answered as well, the first time
    /// slowly.
    pub fn new(clock: Arc<dyn Clock>, max_age: Duration) -> Self {
        Self {
            clock,
            roster: Arc::new(Mutex::new(Roster::new(max_age))),
            handovers: Handovers::default(),
            complete: Arc::default(),
            sweeper: Arc::default(),
        }
    }

    fn roster(&self) -> MutexGuard<'_, Roster> {
        // A panic under the lock would be a bug in the roster; the sweeper then reconciles claims with the store.
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One turn of something that may free drivers: what was given to whom is told.
    fn turn<T>(&self, change: impl FnOnce(&mut Roster, Now) -> T) -> T {
        let (now, mut roster) = (self.now(), self.roster());
        let outcome = change(&mut roster, now);
        self.handovers.push(roster.handed());
        outcome
    }

    fn now(&self) -> Now {
        Now { wall: self.clock.now(), steady: Instant::now() }
    }
}

#[async_trait]
impl DriverIndex for EmbeddedDriverIndex {
    async fn put(&self, drivers: Vec<Driver>) -> Result<(), IndexError> {
        let mut rest = drivers.into_iter().peekable();
        while rest.peek().is_some() {
            self.turn(|roster, now| rest.by_ref().take(TURN).for_each(|driver| roster.put(driver, now)));
        }
        Ok(())
    }

    async fn report(&self, positions: Vec<(DriverId, Position)>) -> Result<Reported, IndexError> {
        let mut reported = Reported::default();
        let mut rest = positions.iter().enumerate().peekable();
        while rest.peek().is_some() {
            self.turn(|roster, now| {
                for (number, (driver, position)) in rest.by_ref().take(TURN) {
                    match roster.report(driver, *position, now) {
                        Some(Heard { late, unassignable }) => {
                            reported.accepted += 1;
                            reported.late.extend(late.map(|last| (number, last)));
                            reported.excluded.extend(unassignable.map(|why| (number, why)));
                        }
                        None => reported.unknown.push(number),
                    }
                }
            });
        }
        Ok(reported)
    }

    async fn remove(&self, driver: &DriverId) -> Result<bool, IndexError> {
        Ok(self.roster().remove(driver))
    }

    async fn get(&self, driver: &DriverId) -> Result<Option<Driver>, IndexError> {
        let now = self.now();
        Ok(self.roster().get(driver, now))
    }

    async fn list(&self, filter: DriverFilter) -> Result<Vec<Driver>, IndexError> {
        let (now, mut drivers) = (self.now(), Vec::new());
        let mut after = filter.after.clone();
        loop {
            after = self.roster().scan(after.as_ref(), TURN, &filter, now, &mut drivers);
            if after.is_none() {
                return Ok(drivers);
            }
        }
    }

    async fn near(
        &self,
        point: GeoPoint,
        within_m: f64,
        limit: u32,
    ) -> Result<Vec<(Driver, f64)>, IndexError> {
        let now = self.now();
        Ok(self.roster().near(point, within_m, limit as usize, now))
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Option<Claim>, IndexError> {
        let now = self.now();
        Ok(self.roster().claim(&request, now))
    }

    async fn withdraw(&self, order: &OrderId) -> Result<(), IndexError> {
        self.roster().withdraw(order);
        Ok(())
    }

    fn handovers(&self) -> Handovers {
        self.handovers.clone()
    }

    async fn release(&self, claim: &Assignment) -> Result<bool, IndexError> {
        Ok(self.turn(|roster, now| roster.release(claim, now)))
    }

    async fn expired(&self, limit: u32) -> Result<Vec<Assignment>, IndexError> {
        let now = self.now();
        Ok(self.roster().expired(limit as usize, now))
    }

    async fn confirm(&self, claims: Vec<Assignment>) -> Result<Vec<Assignment>, IndexError> {
        let confirm = |turn: &[Assignment]| {
            self.turn(|roster, now| {
                turn.iter().flat_map(|claim| roster.confirm(claim, now)).collect::<Vec<_>>()
            })
        };
        Ok(claims.chunks(TURN).flat_map(confirm).collect())
    }

    async fn lasting(&self, from: Option<String>, limit: u32) -> Result<Lasting, IndexError> {
        let from = from.map(|from| from.parse::<DriverId>()).transpose();
        let from = from.map_err(|error| IndexError(format!("where to go on: {error}")))?;
        let turn = TURN.min(limit as usize).max(1);
        let (claims, next) = self.roster().lasting(from.as_ref(), turn);
        Ok(Lasting { claims, next: next.map(|driver| driver.to_string()) })
    }

    async fn time(&self) -> Result<Reading, IndexError> {
        let sent = Instant::now();
        Ok(Reading { time: self.clock.now(), sent, received: sent })
    }

    async fn claimed(&self) -> Result<u64, IndexError> {
        Ok(self.roster().claimed() as u64)
    }

    async fn filling(&self) -> Result<Filling, IndexError> {
        Ok(Filling { id: FILLING.to_owned(), complete: self.complete.load(Ordering::Acquire) })
    }

    async fn complete(&self, filling: &Filling) -> Result<bool, IndexError> {
        let ours = filling.id == FILLING;
        self.complete.fetch_or(ours, Ordering::AcqRel);
        Ok(ours)
    }

    async fn sweeps(&self, sweeper: &str, patience: Duration) -> Result<bool, IndexError> {
        let now = Instant::now();
        // Replaced in one step: a panic under the lock leaves nothing half-done.
        let mut holder = self.sweeper.lock().unwrap_or_else(PoisonError::into_inner);
        let other = holder.as_ref().is_some_and(|(name, until)| name != sweeper && *until > now);
        if !other {
            *holder = Some((sweeper.to_owned(), now + patience));
        }
        Ok(!other)
    }
}
