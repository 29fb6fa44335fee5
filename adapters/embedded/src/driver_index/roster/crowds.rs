//! Who is next at a pickup in a crowd.
//!
//! Once the nearest thousand around a pickup have an order, the others stand in a ring around it, and each search of the tree
//! goes through the whole ring for the sake of one. So the second search from a pickup keeps the nearest it meets, and those
//! behind it take the next from there. A list stays right because everybody who comes into the tree is offered to all lists;
//! who has left the tree since is passed over.

use rstar::{PointDistance as _, RTree};
use tropa_contract::domain::{DriverId, GeoPoint};

use crate::driver_index::place::Place;

/// Pickups that are remembered: those that were searched from last.
const PICKUPS: usize = 64;

/// What a search does with somebody it meets.
pub(super) enum Met {
    /// They cannot be given orders any more, or stand elsewhere.
    Gone,
    /// Not for this order.
    PassedOver,
    /// They are so many metres away.
    Fits(f64),
}

/// What a list says.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// This is the nearest, and so many metres away.
    Driver(DriverId, f64),
    /// There is nobody within reach.
    Nobody,
    /// Somebody may stand behind the last one of the list.
    Unknown,
}

/// Lists of the nearest by pickup.
#[derive(Debug)]
pub(super) struct Crowds {
    pickups: Vec<Pickup>,
    /// How many drivers a new list has at most.
    listed: usize,
    searches: u64,
}

#[derive(Debug)]
struct Pickup {
    point: GeoPoint,
    center: [f64; 3],
    /// The number of the last search from here.
    searched: u64,
    list: Option<List>,
}

/// Free drivers around a pickup. Distances are squared chords, as in the tree.
#[derive(Debug)]
struct List {
    /// The nearest one is the last.
    near: Vec<(f64, Place)>,
    /// Whoever is free and no farther away than this is listed.
    reach: f64,
}

impl Crowds {
    pub(super) fn new(listed: usize) -> Self {
        Self { pickups: Vec::new(), listed, searches: 0 }
    }

    /// Somebody came into the tree.
    pub(super) fn arrive(&mut self, place: &Place) {
        let most = 2 * self.listed;
        for pickup in &mut self.pickups {
            if let Some(list) = &mut pickup.list {
                list.arrive(place.distance_2(&pickup.center), place, most);
            }
        }
    }

    /// The nearest to the pickup whom `meet` finds fit, and who is not farther than `reach`. Always `Unknown` on the first
    /// search from there.
    pub(super) fn next(
        &mut self,
        point: GeoPoint,
        reach: f64,
        tree: &RTree<Place>,
        mut meet: impl FnMut(&Place) -> Met,
    ) -> Next {
        let listed = self.listed;
        let Some(pickup) = self.visit(point) else { return Next::Unknown };
        if let Some(list) = &mut pickup.list {
            let next = list.next(reach, &mut meet);
            if next != Next::Unknown {
                return next;
            }
        }
        pickup.list.insert(List::around(pickup.center, tree, listed)).next(reach, &mut meet)
    }

    /// Notes a search from there; `None` when it is the first one.
    fn visit(&mut self, point: GeoPoint) -> Option<&mut Pickup> {
        self.searches += 1;
        let searched = self.searches;
        if let Some(at) = self.pickups.iter().position(|pickup| pickup.point == point) {
            let pickup = &mut self.pickups[at];
            pickup.searched = searched;
            return Some(pickup);
        }
        let new = Pickup { point, center: point.unit_vector(), searched, list: None };
        if self.pickups.len() < PICKUPS {
            self.pickups.push(new);
        } else if let Some(last) = self.pickups.iter_mut().min_by_key(|pickup| pickup.searched) {
            *last = new;
        }
        None
    }
}

impl List {
    fn around(center: [f64; 3], tree: &RTree<Place>, listed: usize) -> Self {
        let nearest = tree.nearest_neighbor_iter_with_distance_2(center).take(listed);
        let mut near: Vec<_> = nearest.map(|(place, chord)| (chord, place.clone())).collect();
        near.reverse();
        let reach = near.first().filter(|_| near.len() == listed).map_or(f64::INFINITY, |(chord, _)| *chord);
        Self { near, reach }
    }

    fn arrive(&mut self, chord: f64, place: &Place, most: usize) {
        if chord > self.reach {
            return;
        }
        let at = self.near.partition_point(|(other, _)| *other > chord);
        self.near.insert(at, (chord, place.clone()));
        if self.near.len() > most {
            self.near.drain(..most / 2);
            self.reach = self.near.first().map_or(self.reach, |(chord, _)| *chord);
        }
    }

    fn next(&mut self, reach: f64, meet: &mut impl FnMut(&Place) -> Met) -> Next {
        for at in (0..self.near.len()).rev() {
            let (chord, place) = &self.near[at];
            if *chord > reach {
                return Next::Nobody;
            }
            match meet(place) {
                Met::Fits(distance_m) => return Next::Driver(place.driver.clone(), distance_m),
                Met::PassedOver => {}
                Met::Gone => drop(self.near.remove(at)),
            }
        }
        if reach <= self.reach { Next::Nobody } else { Next::Unknown }
    }
}
