//! Drivers by place, in Redis: GEO sets for the search, hashes for the rest, and a script for every method.
//!
//! Searched is a set of those who can be given orders now, and nobody else: so a claim costs the same when the nearest
//! thousand drivers have orders, or have been silent for an hour. How the keys lie stands in `lua/fleet.lua`.
//!
//! Ages and leases are measured by the clock of Redis. Instances whose clocks disagree would otherwise disagree about who
//! is silent, and each would take the other's drivers out of the search.
//!
//! A call whose answer was lost may have taken effect, and may be repeated: a claim is idempotent by order, a release by
//! token, everything else by nature.

mod place;
mod scripts;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tropa_contract::domain::{ClaimToken, Driver, DriverId, DriverStatus, GeoPoint, OrderId, Position};
use tropa_contract::port::{
    Assignment, Claim, ClaimRequest, DriverFilter, DriverIndex, Filling, Handovers, IndexError, Lasting,
    Reading, Reported,
};

use super::{Call, CallError, Connections, Script};
use place::Place;
use scripts::Scripts;
use wire::{
    Claimed, Described, Held, Kept, Late, Moment, Put, Seen, Stretch, UNKNOWN, Waits, microseconds,
    unassignable,
};

/// Entries changed in one script: a millisecond or two, during which nobody else is served. A longer batch takes several.
const TURN: usize = 200;
/// Entries looked at in one script.
const LOOK: usize = 1_000;
/// Steps of one claim: what is silent within the radius beyond that many thousand stays for the next claim.
const STEPS: usize = 50;

/// What `report` returns: a letter for each of whom it is, which moved nobody, and the claims made for orders that waited.
type Told = (String, Vec<Late>, Vec<Kept>);

/// The driver index that all instances on one Redis share. Clones share it too.
#[derive(Clone)]
pub struct RedisDriverIndex {
    connections: Connections,
    key: String,
    scripts: Arc<Scripts>,
    /// Silent for longer means out of the search, microseconds.
    horizon: u64,
    handovers: Handovers,
}

impl RedisDriverIndex {
    /// An index over these connections. `max_age` is what claims will ask for; others are answered as well, longer ones
    /// more slowly.
    pub fn new(connections: Connections, max_age: Duration) -> Self {
        Self::under(connections, "fleet", max_age)
    }

    /// The same, apart from the one that all share.
    pub(super) fn under(connections: Connections, name: &str, max_age: Duration) -> Self {
        let (key, horizon) = (connections.key(name), microseconds(max_age));
        Self { connections, key, scripts: Arc::new(Scripts::new()), horizon, handovers: Handovers::default() }
    }

    fn hand_over(&self, handed: Vec<Kept>) {
        self.handovers.push(handed.into_iter().map(|kept| kept.0));
    }

    fn on<'a>(&'a self, script: &'a Script) -> Call<'a> {
        script.on(&self.key)
    }
}

impl From<CallError> for IndexError {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

#[async_trait]
impl DriverIndex for RedisDriverIndex {
    async fn put(&self, drivers: Vec<Driver>) -> Result<(), IndexError> {
        for turn in drivers.chunks(TURN) {
            let call = self.on(&self.scripts.put).arg(self.horizon);
            let call = turn.iter().fold(call, |call, driver| call.arg(Put(driver)));
            let handed: Vec<Kept> = self.connections.call(call).await?;
            self.hand_over(handed);
        }
        Ok(())
    }

    async fn report(&self, positions: Vec<(DriverId, Position)>) -> Result<Reported, IndexError> {
        let mut reported = Reported::default();
        for (turns, turn) in positions.chunks(TURN).enumerate() {
            let call = self.on(&self.scripts.report).arg(self.horizon);
            let call =
                turn.iter().fold(call, |call, (id, position)| call.arg(id.as_str()).arg(Seen(position)));
            let (letters, late, handed): Told = self.connections.call(call).await?;
            let first = turns * TURN;
            for (number, letter) in letters.bytes().enumerate() {
                match letter {
                    UNKNOWN => reported.unknown.push(first + number),
                    letter => {
                        reported.accepted += 1;
                        reported.excluded.extend(unassignable(letter).map(|why| (first + number, why)));
                    }
                }
            }
            reported.late.extend(late.into_iter().map(|late| (first + late.number, late.stands)));
            self.hand_over(handed);
        }
        Ok(reported)
    }

    async fn remove(&self, driver: &DriverId) -> Result<bool, IndexError> {
        Ok(self.connections.call(self.on(&self.scripts.remove).arg(driver.as_str())).await?)
    }

    async fn get(&self, driver: &DriverId) -> Result<Option<Driver>, IndexError> {
        let call = self.on(&self.scripts.get).arg(driver.as_str()).arg(self.horizon);
        let found: Option<Described> = self.connections.call(call).await?;
        Ok(found.map(|described| described.0))
    }

    async fn list(&self, filter: DriverFilter) -> Result<Vec<Driver>, IndexError> {
        let (mut found, mut after, limit) = (Vec::new(), filter.after, filter.limit as usize);
        while found.len() < limit {
            let from = after.as_ref().map_or("", |id| id.as_str());
            let call = self.on(&self.scripts.list).arg(from).arg(LOOK).arg(limit - found.len());
            let mut call = call.arg(self.horizon).arg(filter.status.map_or("", DriverStatus::as_str));
            if let Some(area) = &filter.bbox {
                let (corner, other) = (area.south_west, area.north_east);
                call = call.arg(&[corner.lat(), corner.lng(), other.lat(), other.lng()]);
            }
            let stretch: Stretch = self.connections.call(call).await?;
            found.extend(stretch.drivers);
            after = stretch.after;
            if after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn near(
        &self,
        point: GeoPoint,
        within_m: f64,
        limit: u32,
    ) -> Result<Vec<(Driver, f64)>, IndexError> {
        let centres = Place::around(point);
        let call = self.on(&self.scripts.near).arg(&[point.lat(), point.lng(), within_m]).arg(limit);
        let call = call.arg(self.horizon).arg(centres.len()).arg(centres);
        let found: Vec<Described> = self.connections.call(call).await?;
        let far = |Described(driver)| driver.position.map(|p| point.distance_m(p.point)).map(|m| (driver, m));
        Ok(found.into_iter().filter_map(far).collect())
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Option<Claim>, IndexError> {
        let ClaimRequest { order_id, pickup, radius_m, excluded, driver, max_age, lease, wait } = request;
        let centres = Place::around(pickup);
        let call = self.on(&self.scripts.claim).arg(order_id.as_str()).arg(ClaimToken::fresh().as_str());
        let call = call.arg(&[microseconds(lease), microseconds(max_age), self.horizon]);
        let call = call.arg(&[radius_m, pickup.lat(), pickup.lng()]);
        let call = call.arg(driver.as_ref().map_or("", |id| id.as_str())).arg(Waits(wait));
        let call = call.arg(centres.len()).arg(centres);
        let call = excluded.iter().fold(call, |call, id| call.arg(id.as_str()));
        for _ in 0..STEPS {
            match self.connections.call(call.clone()).await? {
                Claimed::Somebody(claim) => return Ok(Some(claim)),
                Claimed::Nobody => return Ok(None),
                Claimed::NotYet => {}
            }
        }
        Err(IndexError("too many silent drivers in the way".to_owned()))
    }

    async fn withdraw(&self, order: &OrderId) -> Result<(), IndexError> {
        Ok(self.connections.call(self.on(&self.scripts.withdraw).arg(order.as_str())).await?)
    }

    fn handovers(&self) -> Handovers {
        self.handovers.clone()
    }

    async fn release(&self, claim: &Assignment) -> Result<bool, IndexError> {
        let call = self.on(&self.scripts.release).arg(Held(claim)).arg(self.horizon);
        let (released, handed): (bool, Vec<Kept>) = self.connections.call(call).await?;
        self.hand_over(handed);
        Ok(released)
    }

    async fn expired(&self, limit: u32) -> Result<Vec<Assignment>, IndexError> {
        let kept: Vec<Kept> = self.connections.call(self.on(&self.scripts.expired).arg(limit)).await?;
        Ok(kept.into_iter().map(|kept| kept.0).collect())
    }

    async fn confirm(&self, claims: Vec<Assignment>) -> Result<Vec<Assignment>, IndexError> {
        let mut overruled = Vec::new();
        for turn in claims.chunks(TURN) {
            let call = self.on(&self.scripts.confirm).arg(self.horizon);
            let call = turn.iter().fold(call, |call, claim| call.arg(Held(claim)));
            let (turn, handed): (Vec<Kept>, Vec<Kept>) = self.connections.call(call).await?;
            overruled.extend(turn.into_iter().map(|kept| kept.0));
            self.hand_over(handed);
        }
        Ok(overruled)
    }

    async fn lasting(&self, from: Option<String>, limit: u32) -> Result<Lasting, IndexError> {
        let look = LOOK.min(limit as usize).max(1);
        let call = self.on(&self.scripts.lasting).arg(from.unwrap_or_else(|| "0".to_owned())).arg(look);
        let (next, kept): (String, Vec<Kept>) = self.connections.call(call).await?;
        let claims = kept.into_iter().map(|kept| kept.0).collect();
        Ok(Lasting { claims, next: (next != "0").then_some(next) })
    }

    async fn time(&self) -> Result<Reading, IndexError> {
        let sent = Instant::now();
        let time: Moment = self.connections.call(self.on(&self.scripts.time)).await?;
        Ok(Reading { time: time.0, sent, received: Instant::now() })
    }

    async fn claimed(&self) -> Result<u64, IndexError> {
        Ok(self.connections.call(self.on(&self.scripts.claimed)).await?)
    }

    async fn filling(&self) -> Result<Filling, IndexError> {
        let call = self.on(&self.scripts.filling).arg(ClaimToken::fresh().as_str());
        let (id, complete) = self.connections.call(call).await?;
        Ok(Filling { id, complete })
    }

    async fn complete(&self, filling: &Filling) -> Result<bool, IndexError> {
        Ok(self.connections.call(self.on(&self.scripts.complete).arg(&filling.id)).await?)
    }

    async fn sweeps(&self, sweeper: &str, patience: Duration) -> Result<bool, IndexError> {
        let call = self.on(&self.scripts.sweeps).arg(sweeper).arg(patience.as_millis().max(1) as u64);
        Ok(self.connections.call(call).await?)
    }
}
