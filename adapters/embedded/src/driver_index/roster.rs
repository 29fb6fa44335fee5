//! Drivers, the orders that hold them, and the tree of those that are free. Pure: time is handed in.

mod claims;
mod crowds;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::time::Duration;

use rstar::RTree;
use time::OffsetDateTime;
use tokio::time::Instant;
use tropa_contract::domain::{
    BoundingBox, ClaimToken, Driver, DriverId, DriverStatus, GeoPoint, OrderId, Position, Unassignable,
};
use tropa_contract::port::{Assignment, DriverFilter};

use super::place::Place;
use crowds::Crowds;
use waiting::Waiting;

/// One moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) wall: OffsetDateTime,
    pub(super) steady: Instant,
}

#[derive(Debug)]
struct Entry {
    name: String,
    status: DriverStatus,
    position: Option<Position>,
    /// What of this driver stands in the tree.
    place: Option<Place>,
}

/// What became of a report.
pub(super) struct Heard {
    /// When the position is of that stands, if the report moved nobody.
    pub(super) late: Option<OffsetDateTime>,
    /// Why the driver cannot be given orders.
    pub(super) unassignable: Option<Unassignable>,
}

#[derive(Debug)]
struct Holding {
    order_id: OrderId,
    token: ClaimToken,
    /// As it was claimed; unknown of an assignment that was restored.
    distance_m: Option<f64>,
    /// `None`: an assignment stands behind it.
    until: Option<Instant>,
}

/// Everything the index knows.
///
/// In the tree stands exactly who is available, not held, and not silent beyond the horizon. So a claim looks at next
/// to nobody whom it cannot take, even when almost every driver has an order.
#[derive(Debug)]
pub(super) struct Roster {
    drivers: BTreeMap<DriverId, Entry>,
    tree: RTree<Place>,
    crowds: Crowds,
    /// By driver. An assignment may name a driver who is not known yet.
    holdings: BTreeMap<DriverId, Holding>,
    /// Which driver an order holds.
    orders: HashMap<OrderId, DriverId>,
    /// Unconfirmed claims by the end of their lease.
    leases: BTreeSet<(Instant, DriverId)>,
    waiting: Waiting,
    /// Claims made for orders that waited, since it was asked last.
    handed: Vec<Assignment>,
    /// The largest age that a claim is known to ask for. Who has been silent for longer leaves the tree when a search meets
    /// them, and comes back when they report.
    horizon: Duration,
}

fn silent(position: &Position, limit: Duration, now: Now) -> bool {
    now.wall - position.heard_at > limit
}

/// How many drivers are kept of a pickup in a crowd. A new list costs about as many steps through the tree, once for all of
/// them.
const LISTED: usize = 256;

impl Roster {
    pub(super) fn new(horizon: Duration) -> Self {
        Self::listing(LISTED, horizon)
    }

    pub(super) fn listing(drivers: usize, horizon: Duration) -> Self {
        Self {
            drivers: BTreeMap::new(),
            tree: RTree::new(),
            crowds: Crowds::new(drivers),
            holdings: BTreeMap::new(),
            orders: HashMap::new(),
            leases: BTreeSet::new(),
            waiting: Waiting::default(),
            handed: Vec::new(),
            horizon,
        }
    }

    pub(super) fn put(&mut self, driver: Driver, now: Now) {
        let Driver { id, name, status, position, order_id: _, silent: _ } = driver;
        let entry = self.drivers.entry(id.clone()).or_insert_with(|| Entry {
            name: String::new(),
            status,
            position: None,
            place: None,
        });
        (entry.name, entry.status) = (name, status);
        if let Some(position) = position {
            entry.hear(position.heard(position.heard_at.min(now.wall)));
        }
        self.offer(&id, now);
    }

    /// `None`: unknown driver.
    pub(super) fn report(&mut self, id: &DriverId, position: Position, now: Now) -> Option<Heard> {
        let entry = self.drivers.get_mut(id)?;
        let late = entry.hear(position.heard(now.wall));
        self.offer(id, now);
        let unassignable = self.drivers.get(id).and_then(|entry| self.unassignable(id, entry, now));
        Some(Heard { late, unassignable })
    }

    pub(super) fn remove(&mut self, id: &DriverId) -> bool {
        if self.holdings.contains_key(id) {
            return false;
        }
        let Some(entry) = self.drivers.remove(id) else { return false };
        if let Some(place) = entry.place {
            self.tree.remove(&place);
        }
        true
    }

    pub(super) fn get(&self, id: &DriverId, now: Now) -> Option<Driver> {
        self.drivers.get(id).map(|entry| self.describe(id, entry, now))
    }

    /// Looks at the next `turn` drivers behind `after` and adds those that match. Returns where to go on.
    pub(super) fn scan(
        &self,
        after: Option<&DriverId>,
        turn: usize,
        filter: &DriverFilter,
        now: Now,
        found: &mut Vec<Driver>,
    ) -> Option<DriverId> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        for (seen, (id, entry)) in self.drivers.range::<DriverId, _>((start, Bound::Unbounded)).enumerate() {
            if found.len() == filter.limit as usize {
                return None;
            }
            if entry.matches(filter) {
                found.push(self.describe(id, entry, now));
            }
            if seen + 1 == turn {
                return Some(id.clone());
            }
        }
        None
    }

    /// Who stands in the tree, nearest first.
    pub(super) fn near(&self, point: GeoPoint, within_m: f64, limit: usize, now: Now) -> Vec<(Driver, f64)> {
        let all = self.tree.nearest_neighbor_iter(point.unit_vector());
        let described = all.filter_map(|place| {
            let entry = self.drivers.get(&place.driver)?;
            let distance_m = point.distance_m(entry.position?.point);
            Some((self.describe(&place.driver, entry, now), distance_m))
        });
        described.take_while(|(_, distance_m)| *distance_m <= within_m).take(limit).collect()
    }

    /// Makes the tree agree with the driver's state. Returns whether they stand in it.
    fn settle_place(&mut self, id: &DriverId, now: Now) -> bool {
        let Some(entry) = self.drivers.get_mut(id) else { return false };
        let free = entry.status == DriverStatus::Available && !self.holdings.contains_key(id);
        let position = entry.position.filter(|position| free && !silent(position, self.horizon, now));
        let place = position.map(|position| Place::new(position.point, id.clone()));
        if entry.place != place {
            if let Some(old) = &entry.place {
                self.tree.remove(old);
            }
            if let Some(new) = &place {
                self.crowds.arrive(new);
                self.tree.insert(new.clone());
            }
            entry.place = place;
        }
        entry.place.is_some()
    }

    /// How many stand in the tree.
    #[cfg(test)]
    pub(super) fn searchable(&self) -> usize {
        self.tree.size()
    }

    fn name(&self, id: &DriverId) -> String {
        self.drivers.get(id).map_or_else(|| id.to_string(), |entry| entry.name.clone())
    }

    fn unassignable(&self, id: &DriverId, entry: &Entry, now: Now) -> Option<Unassignable> {
        let (held, seen) = (self.holdings.contains_key(id), entry.position.is_some());
        Unassignable::of(entry.status, held, seen, self.silent(entry, now))
    }

    fn silent(&self, entry: &Entry, now: Now) -> bool {
        entry.position.is_some_and(|position| silent(&position, self.horizon, now))
    }

    fn describe(&self, id: &DriverId, entry: &Entry, now: Now) -> Driver {
        Driver {
            id: id.clone(),
            name: entry.name.clone(),
            status: entry.status,
            position: entry.position,
            order_id: self.holdings.get(id).map(|holding| holding.order_id.clone()),
            silent: self.silent(entry, now),
        }
    }
}

impl Entry {
    fn matches(&self, filter: &DriverFilter) -> bool {
        let seen_in =
            |area: &BoundingBox| self.position.is_some_and(|position| area.contains(position.point));
        filter.status.is_none_or(|status| status == self.status) && filter.bbox.as_ref().is_none_or(seen_in)
    }

    /// Returns when the position is of that stands in its stead, if one does.
    fn hear(&mut self, word: Position) -> Option<OffsetDateTime> {
        let last = self.position;
        self.position = Some(last.map_or(word, |last| last.hearing(word)));
        last.filter(|last| !word.supersedes(last)).map(|last| last.at)
    }
}
