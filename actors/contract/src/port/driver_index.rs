//! Where the drivers are, and which order holds which.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Assignment, Handovers, Reading, Wait};
use crate::domain::{
    BoundingBox, ClaimToken, Driver, DriverId, DriverStatus, GeoPoint, OrderId, Position, Unassignable,
};

/// The index does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("driver index unavailable: {0}")]
pub struct IndexError(pub String);

/// Claim the nearest free driver.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimRequest {
    /// For this order.
    pub order_id: OrderId,
    /// Near this point.
    pub pickup: GeoPoint,
    /// Within this many metres.
    pub radius_m: f64,
    /// None of these.
    pub excluded: Vec<DriverId>,
    /// This driver or none; wherever they are, and however long ago they were heard of.
    pub driver: Option<DriverId>,
    /// Only drivers heard of within this time.
    pub max_age: Duration,
    /// The claim lasts this long unless an assignment confirms it.
    pub lease: Duration,
    /// Whether the order waits from now on when there is nobody, and is given whoever comes free.
    pub wait: Option<Wait>,
}

/// A driver held by an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Who.
    pub driver_id: DriverId,
    /// Their name.
    pub driver_name: String,
    /// Metres to the pickup.
    pub distance_m: f64,
    /// Proof of the claim.
    pub token: ClaimToken,
}

/// Which drivers to list, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct DriverFilter {
    /// Only with this status.
    pub status: Option<DriverStatus>,
    /// Only seen inside this box.
    pub bbox: Option<BoundingBox>,
    /// Behind this driver.
    pub after: Option<DriverId>,
    /// At most.
    pub limit: u32,
}

/// What became of a batch of positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Taken.
    pub accepted: u64,
    /// Of unknown drivers, by their place in the batch.
    pub unknown: Vec<usize>,
    /// Of the accepted ones, those of drivers who cannot be given orders all the same, by their place, and why.
    pub excluded: Vec<(usize, Unassignable)>,
    /// Of the accepted ones, those that did not supersede the last, by their place in the batch, and when that one is of. They
    /// were heard, and moved nobody.
    pub late: Vec<(usize, OffsetDateTime)>,
}

/// Positions of drivers who cannot be given orders, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// Do not take any.
    pub offline: u64,
    /// Have one.
    pub has_order: u64,
    /// Nobody knows where they are.
    pub no_position: u64,
    /// Heard of too long ago.
    pub silent: u64,
}

impl Excluded {
    /// Those excluded for this.
    pub fn of(&mut self, why: Unassignable) -> &mut u64 {
        match why {
            Unassignable::Offline => &mut self.offline,
            Unassignable::HasOrder => &mut self.has_order,
            Unassignable::NoPosition => &mut self.no_position,
            Unassignable::Silent => &mut self.silent,
        }
    }

    /// How many of these there are.
    pub fn count(excluded: &[(usize, Unassignable)]) -> Self {
        let mut counts = Self::default();
        for (_, why) in excluded {
            *counts.of(*why) += 1;
        }
        counts
    }

    /// How many for each reason.
    pub fn each(mut self) -> [(Unassignable, u64); 4] {
        Unassignable::ALL.map(|why| (why, *self.of(why)))
    }
}

/// What an index holds begins when it comes up empty and ends when it is emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Which: another one each time.
    pub id: String,
    /// Whether all that the store knows was put into it.
    pub complete: bool,
}

/// Some of the claims that last until released.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lasting {
    /// These; none at all is no reason to stop.
    pub claims: Vec<Assignment>,
    /// Where the next ones are; `None`: that was all.
    pub next: Option<String>,
}

/// Drivers by place, and the orders that wait for one. Every method is one atomic step.
///
/// A driver who becomes free, or moves while free, is given to the order that has waited longest of those whose circle they
/// are in, in that same step: so nobody who came later can be faster. The claim is like any other, with the lease that the
/// order had asked for. Whoever wakes the orders learns of it from [`handovers`](Self::handovers).
#[async_trait]
pub trait DriverIndex: Send + Sync + 'static {
    /// Adds drivers, or renames them and changes their status. A position is [heard], and counts as heard when it says; the
    /// claim stays.
    ///
    /// [heard]: Position::hearing
    async fn put(&self, drivers: Vec<Driver>) -> Result<(), IndexError>;

    /// Moves drivers. Positions count as heard now, by the clock of the index, whether they [move] somebody or are late.
    ///
    /// [move]: Position::hearing
    async fn report(&self, positions: Vec<(DriverId, Position)>) -> Result<Reported, IndexError>;

    /// Forgets a driver. False when unknown, or held by an order.
    async fn remove(&self, driver: &DriverId) -> Result<bool, IndexError>;

    /// One driver.
    async fn get(&self, driver: &DriverId) -> Result<Option<Driver>, IndexError>;

    /// Drivers that match.
    async fn list(&self, filter: DriverFilter) -> Result<Vec<Driver>, IndexError>;

    /// Who can be given orders, or could if they were heard of, within so many metres, nearest first. In a crowd of hundreds any
    /// of them will do: this is for people. Changes nothing.
    async fn near(
        &self,
        point: GeoPoint,
        within_m: f64,
        limit: u32,
    ) -> Result<Vec<(Driver, f64)>, IndexError>;

    /// Claims the nearest available, fresh and unclaimed driver; in a crowd of hundreds one who is farther away by some
    /// hundredths of the distance will do. Idempotent by order: an order that holds a driver gets
    /// that claim again, whatever else it asks for. An order that asks does not wait any more, unless there is nobody and it
    /// says it will.
    async fn claim(&self, request: ClaimRequest) -> Result<Option<Claim>, IndexError>;

    /// The order waits no longer.
    async fn withdraw(&self, order: &OrderId) -> Result<(), IndexError>;

    /// What this index does by itself, as far as this process has caused it.
    fn handovers(&self) -> Handovers;

    /// Frees the driver when order and token are the claim's. False otherwise. An order that was given this driver while it
    /// waited, and has not asked since, waits on.
    async fn release(&self, claim: &Assignment) -> Result<bool, IndexError>;

    /// Claims whose lease ran out unconfirmed, at most `limit`. They stay claimed: the sweeper asks the store, then
    /// confirms or releases each.
    async fn expired(&self, limit: u32) -> Result<Vec<Assignment>, IndexError>;

    /// Makes claims last until released; claims that are missing are made. For committed assignments. A claim by
    /// another order is overruled: the assignment is the truth. Returns the claims that were: when the assignment ends soon,
    /// their orders may be committed yet.
    async fn confirm(&self, claims: Vec<Assignment>) -> Result<Vec<Assignment>, IndexError>;

    /// Some of the claims without a lease, from where another answer said, or from the first. `limit` is how many claims are
    /// looked at, about. A claim that is there all along is shown at least once.
    async fn lasting(&self, from: Option<String>, limit: u32) -> Result<Lasting, IndexError>;

    /// What time it is by the clock that tells who is silent.
    async fn time(&self) -> Result<Reading, IndexError>;

    /// How many drivers are held.
    async fn claimed(&self) -> Result<u64, IndexError>;

    /// What it holds now. An index that lost everything says so by another id, and is not complete.
    async fn filling(&self) -> Result<Filling, IndexError>;

    /// Marks what it holds complete. False when it was emptied in between: what was put before is lost.
    async fn complete(&self, filling: &Filling) -> Result<bool, IndexError>;

    /// Whether `sweeper` is the one to sweep claims: whoever asked first, until they have not asked for `patience`.
    async fn sweeps(&self, sweeper: &str, patience: Duration) -> Result<bool, IndexError>;
}
