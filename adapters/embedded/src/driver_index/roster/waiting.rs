//! Orders that wait for a driver, by place and age.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;
use tropa_contract::domain::{EARTH_RADIUS_M, GeoPoint, OrderId};

/// A place in the queue: the oldest first.
type Turn = (OffsetDateTime, OrderId);

/// One of the cubes of its level that the earth's surface passes through. Three dimensions: no poles, no antimeridian.
type Cell = [i32; 3];

/// An order that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiter {
    pub pickup: GeoPoint,
    pub radius_m: f64,
    pub since: OffsetDateTime,
    /// It waits no longer than this.
    pub until: Instant,
    /// Of a claim that is made for it.
    pub lease: Duration,
}

/// Who waits. Those that were given a driver are known, but stand in no queue.
///
/// Orders lie in the cells of a level by their radius: whoever looks for those whose circle holds a point looks at a hundred
/// cells or two, however many wait, and in each of them no further than to the oldest that is within reach.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    orders: HashMap<OrderId, Waiter>,
    /// By the edge of their cells, 2^level metres.
    levels: BTreeMap<i32, HashMap<Cell, BTreeSet<Turn>>>,
    /// All that are known, by their end.
    ends: BTreeSet<(Instant, OrderId)>,
}

/// The radius is at most twice the edge, and more than once.
fn level(radius_m: f64) -> i32 {
    radius_m.max(1.0).log2().ceil() as i32 - 1
}

fn coordinates(point: GeoPoint) -> [f64; 3] {
    point.unit_vector().map(|axis| axis * EARTH_RADIUS_M)
}

fn cell(point: GeoPoint, level: i32) -> Cell {
    coordinates(point).map(|axis| (axis / f64::from(level).exp2()).floor() as i32)
}

/// The cells around a point in which an order of this level can be whose circle holds it.
fn around(point: GeoPoint, level: i32) -> impl Iterator<Item = Cell> {
    let (edge, centre) = (f64::from(level).exp2(), coordinates(point));
    // A chord is no longer than its arc: what is within the radius along the earth is within it through the earth.
    let spans = centre.map(|axis| {
        let span = |sign: f64| ((axis + sign * 2.0 * edge) / edge).floor() as i32;
        span(-1.0)..=span(1.0)
    });
    let [x, y, z] = spans;
    x.flat_map(move |x| {
        let z = z.clone();
        y.clone().flat_map(move |y| z.clone().map(move |z| [x, y, z]))
    })
}

impl Waiting {
    /// The order waits from now on, in its place.
    pub fn insert(&mut self, order: OrderId, waiter: Waiter, now: Instant) {
        self.expire(now);
        self.remove(&order);
        self.ends.insert((waiter.until, order.clone()));
        self.queue(&order, &waiter);
        self.orders.insert(order, waiter);
    }

    /// It waits no longer.
    pub fn remove(&mut self, order: &OrderId) {
        if let Some(waiter) = self.orders.remove(order) {
            self.ends.remove(&(waiter.until, order.clone()));
            self.unqueue(order, &waiter);
        }
    }

    /// Takes the order that waits for the longest of those whose circle holds the point out of the queue.
    pub fn take(&mut self, point: GeoPoint, now: Instant) -> Option<(OrderId, Waiter)> {
        if self.orders.is_empty() {
            return None;
        }
        self.expire(now);
        let mut first: Option<&Turn> = None;
        for (level, cells) in &self.levels {
            for turns in around(point, *level).filter_map(|cell| cells.get(&cell)) {
                let older = turns.iter().take_while(|turn| first.is_none_or(|first| *turn < first));
                let reaches = |turn: &&Turn| {
                    let waiter = self.orders.get(&turn.1);
                    waiter.is_some_and(|waiter| waiter.pickup.distance_m(point) <= waiter.radius_m)
                };
                first = older.clone().find(reaches).or(first);
            }
        }
        let order = first?.1.clone();
        let waiter = self.orders.get(&order)?.clone();
        self.unqueue(&order, &waiter);
        Some((order, waiter))
    }

    /// What was taken for this order came to nothing: it goes back to its place, if it is still known.
    pub fn put_back(&mut self, order: &OrderId) {
        if let Some(waiter) = self.orders.get(order).cloned() {
            self.queue(order, &waiter);
        }
    }

    /// How many are known.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    fn expire(&mut self, now: Instant) {
        while let Some((until, order)) = self.ends.first().cloned()
            && until <= now
        {
            self.remove(&order);
        }
    }

    fn queue(&mut self, order: &OrderId, waiter: &Waiter) {
        let level = level(waiter.radius_m);
        let cells = self.levels.entry(level).or_default();
        cells.entry(cell(waiter.pickup, level)).or_default().insert((waiter.since, order.clone()));
    }

    fn unqueue(&mut self, order: &OrderId, waiter: &Waiter) {
        let (level, turn) = (level(waiter.radius_m), (waiter.since, order.clone()));
        let Some(cells) = self.levels.get_mut(&level) else { return };
        let place = cell(waiter.pickup, level);
        if let Some(turns) = cells.get_mut(&place) {
            turns.remove(&turn);
            if turns.is_empty() {
                cells.remove(&place);
            }
        }
        if cells.is_empty() {
            self.levels.remove(&level);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(lat: f64, lng: f64) -> GeoPoint {
        GeoPoint::new(lat, lng).unwrap()
    }

    fn waiter(pickup: GeoPoint, radius_m: f64, age: u32) -> Waiter {
        let since = OffsetDateTime::UNIX_EPOCH - Duration::from_secs(age.into());
        let until = Instant::now() + Duration::from_hours(1);
        Waiter { pickup, radius_m, since, until, lease: Duration::from_secs(30) }
    }

    fn order(n: usize) -> OrderId {
        format!("o-{n}").parse().unwrap()
    }

    proptest! {
        /// Against the plain rule, everywhere on earth.
        #[test]
        fn the_oldest_within_reach_is_taken(
            centre in (-90.0..=90.0, -180.0..=180.0),
            orders in prop::collection::vec((-1.5..1.5, -1.5..1.5, 1.0..200_000.0, 0u32..20), 0..60),
        ) {
            let (lat, lng): (f64, f64) = centre;
            let point = at(lat, lng);
            let mut waiting = Waiting::default();
            let mut expected = Vec::new();
            for (n, (north, east, radius_m, age)) in orders.into_iter().enumerate() {
                let (north, east): (f64, f64) = (north, east);
                let near = at((lat + north).clamp(-90.0, 90.0), (lng + east + 540.0).rem_euclid(360.0) - 180.0);
                let waiter = waiter(near, radius_m, age);
                if near.distance_m(point) <= radius_m {
                    expected.push((waiter.since, order(n)));
                }
                waiting.insert(order(n), waiter, Instant::now());
            }
            expected.sort();
            let mut taken = Vec::new();
            while let Some((order, waiter)) = waiting.take(point, Instant::now()) {
                taken.push((waiter.since, order));
            }
            prop_assert_eq!(taken, expected);
        }
    }

    #[test]
    fn what_came_to_nothing_goes_back_to_its_place_and_what_is_over_is_forgotten() {
        let (here, mut waiting) = (at(0.0, 179.999), Waiting::default());
        let now = Instant::now();
        waiting.insert(order(1), waiter(at(0.0, -179.999), 1_000.0, 9), now);
        waiting.insert(order(2), waiter(here, 1_000.0, 5), now);
        assert_eq!(waiting.take(here, now).unwrap().0, order(1));
        waiting.put_back(&order(1));
        assert_eq!(waiting.take(here, now).unwrap().0, order(1));
        waiting.remove(&order(1));
        waiting.put_back(&order(1));
        assert_eq!(waiting.take(here, now + Duration::from_hours(2)).map(|(order, _)| order), None);
        assert_eq!((waiting.len(), waiting.levels.len(), waiting.ends.len()), (0, 0, 0));
        waiting.insert(order(3), waiter(here, 1_000.0, 5), now);
        waiting.insert(order(4), waiter(here, 1_000.0, 5), now + Duration::from_hours(2));
        assert_eq!(waiting.len(), 1, "also when nobody comes free");
    }
}
