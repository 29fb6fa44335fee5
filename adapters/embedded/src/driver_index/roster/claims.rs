//! Which order holds which driver.

use std::ops::Bound;
use std::time::Duration;

use tropa_contract::domain::{ClaimToken, DriverId, DriverStatus, OrderId, RIM_M};
use tropa_contract::port::{Assignment, Claim, ClaimRequest, Wait};

use super::crowds::{Met, Next};
use super::waiting::Waiter;
use super::{Holding, Now, Roster, silent};
use crate::driver_index::place::{Place, chord_2};

impl Roster {
    pub(in crate::driver_index) fn claim(&mut self, request: &ClaimRequest, now: Now) -> Option<Claim> {
        if let Some(driver_id) = self.orders.get(&request.order_id).cloned() {
            if request.wait.is_some() {
                self.waiting.remove(&request.order_id);
            }
            return self.claimed_before(driver_id, request, now);
        }
        let found = match &request.driver {
            Some(named) => self.named(named, request),
            None => self.nearest(request, now),
        };
        let Some((driver_id, distance_m)) = found else {
            self.wait(request, now);
            return None;
        };
        self.waiting.remove(&request.order_id);
        let (order_id, lease) = (request.order_id.clone(), request.lease);
        let token = self.claim_for(order_id, &driver_id, distance_m, lease, now);
        Some(Claim { driver_name: self.name(&driver_id), driver_id, distance_m, token })
    }

    fn claim_for(
        &mut self,
        order_id: OrderId,
        driver_id: &DriverId,
        distance_m: f64,
        lease: Duration,
        now: Now,
    ) -> ClaimToken {
        let (token, until) = (ClaimToken::fresh(), Some(now.steady + lease));
        let holding = Holding { order_id, token: token.clone(), distance_m: Some(distance_m), until };
        self.hold(driver_id, holding, now);
        token
    }

    fn wait(&mut self, request: &ClaimRequest, now: Now) {
        let ClaimRequest { order_id, pickup, radius_m, lease, wait, .. } = request;
        if let Some(Wait { since, patience }) = *wait {
            let until = now.steady + patience;
            let waiter = Waiter { pickup: *pickup, radius_m: *radius_m, since, until, lease: *lease };
            self.waiting.insert(order_id.clone(), waiter, now.steady);
        }
    }

    pub(in crate::driver_index) fn withdraw(&mut self, order: &OrderId) {
        self.waiting.remove(order);
    }

    /// Makes the tree agree with the driver's state; who is free is given to the order that waits for the longest.
    pub(super) fn offer(&mut self, driver_id: &DriverId, now: Now) {
        if !self.settle_place(driver_id, now) {
            return;
        }
        let position = self.drivers.get(driver_id).and_then(|entry| entry.position);
        let Some(point) = position.map(|position| position.point) else { return };
        let Some((order_id, waiter)) = self.waiting.take(point, now.steady) else { return };
        let distance_m = waiter.pickup.distance_m(point);
        let token = self.claim_for(order_id.clone(), driver_id, distance_m, waiter.lease, now);
        self.handed.push(Assignment { driver_id: driver_id.clone(), order_id, token });
    }

    /// Claims made for orders that waited, since it was asked last.
    pub(in crate::driver_index) fn handed(&mut self) -> Vec<Assignment> {
        std::mem::take(&mut self.handed)
    }

    pub(in crate::driver_index) fn release(&mut self, claim: &Assignment, now: Now) -> bool {
        let ours = self
            .holdings
            .get(&claim.driver_id)
            .is_some_and(|holding| holding.order_id == claim.order_id && holding.token == claim.token);
        if ours {
            self.free(&claim.driver_id, now);
        }
        ours
    }

    pub(in crate::driver_index) fn expired(&self, limit: usize, now: Now) -> Vec<Assignment> {
        let over = self.leases.iter().take_while(|(until, _)| *until <= now.steady);
        let held = over.filter_map(|(_, driver_id)| self.holdings.get_key_value(driver_id));
        held.map(as_assignment).take(limit).collect()
    }

    /// Looks at the next `turn` claims from the driver `from`; returns those without a lease, and where to go on.
    pub(in crate::driver_index) fn lasting(
        &self,
        from: Option<&DriverId>,
        turn: usize,
    ) -> (Vec<Assignment>, Option<DriverId>) {
        let start = from.map_or(Bound::Unbounded, Bound::Included);
        let mut held = self.holdings.range::<DriverId, _>((start, Bound::Unbounded));
        let look = held.by_ref().take(turn);
        let claims = look.filter(|(_, holding)| holding.until.is_none()).map(as_assignment).collect();
        (claims, held.next().map(|(driver_id, _)| driver_id.clone()))
    }

    /// Returns what was overruled.
    pub(in crate::driver_index) fn confirm(&mut self, claim: &Assignment, now: Now) -> Vec<Assignment> {
        let Assignment { driver_id, order_id, token } = claim.clone();
        // Whatever else this order or this driver was tied to is overruled. A claim that the assignment completes
        // keeps its distance.
        let others = [Some(&driver_id), self.orders.get(&order_id).filter(|other| **other != driver_id)];
        let others = others.into_iter().flatten().filter_map(|driver| self.holdings.get_key_value(driver));
        let overruled: Vec<_> = others.map(as_assignment).filter(|other| other != claim).collect();
        if let Some(other) = self.orders.get(&order_id).filter(|other| **other != driver_id).cloned() {
            self.free(&other, now);
        }
        let before = self.holdings.get(&driver_id).filter(|holding| holding.order_id == order_id);
        let distance_m = before.and_then(|holding| holding.distance_m);
        self.waiting.remove(&order_id);
        self.let_go(&driver_id);
        self.hold(&driver_id, Holding { order_id, token, distance_m, until: None }, now);
        overruled
    }

    pub(in crate::driver_index) fn claimed(&self) -> usize {
        self.holdings.len()
    }

    /// The claim that the order has already, its lease begun anew.
    fn claimed_before(&mut self, driver_id: DriverId, request: &ClaimRequest, now: Now) -> Option<Claim> {
        let position = self.drivers.get(&driver_id).and_then(|entry| entry.position);
        let holding = self.holdings.get_mut(&driver_id)?;
        if let Some(until) = &mut holding.until {
            self.leases.remove(&(*until, driver_id.clone()));
            *until = now.steady + request.lease;
            self.leases.insert((*until, driver_id.clone()));
        }
        let here = position.map_or(0.0, |position| request.pickup.distance_m(position.point));
        let (distance_m, token) = (holding.distance_m.unwrap_or(here), holding.token.clone());
        Some(Claim { driver_name: self.name(&driver_id), driver_id, distance_m, token })
    }

    /// The driver asked for by name, wherever they are; one who never reported is 0 m away.
    fn named(&self, id: &DriverId, request: &ClaimRequest) -> Option<(DriverId, f64)> {
        let entry = self.drivers.get(id).filter(|entry| entry.status == DriverStatus::Available)?;
        if self.holdings.contains_key(id) || request.excluded.contains(id) {
            return None;
        }
        let distance_m = entry.position.map_or(0.0, |position| request.pickup.distance_m(position.point));
        Some((id.clone(), distance_m))
    }

    fn nearest(&mut self, request: &ClaimRequest, now: Now) -> Option<(DriverId, f64)> {
        if request.max_age > self.horizon {
            self.widen(request.max_age, now);
        }
        let Self { drivers, tree, crowds, horizon, .. } = self;
        let mut left_behind = Vec::new();
        let mut meet = |place: &Place| {
            let entry = drivers.get(&place.driver).filter(|entry| entry.place.as_ref() == Some(place));
            let Some(position) = entry.and_then(|entry| entry.position) else { return Met::Gone };
            if silent(&position, *horizon, now) {
                left_behind.push(place.driver.clone());
                return Met::Gone;
            }
            let distance_m = request.pickup.distance_m(position.point);
            let fits = distance_m <= request.radius_m + RIM_M
                && !silent(&position, request.max_age, now)
                && !request.excluded.contains(&place.driver);
            if fits { Met::Fits(distance_m) } else { Met::PassedOver }
        };
        // A hair wider than the radius: the great circle decides at the rim, not the rounding of a square.
        let reach = chord_2(request.radius_m + RIM_M) * (1.0 + 1e-9);
        let found = match crowds.next(request.pickup, reach, tree, &mut meet) {
            Next::Driver(id, distance_m) => Some((id, distance_m)),
            Next::Nobody => None,
            Next::Unknown => {
                let all = tree.nearest_neighbor_iter_with_distance_2(request.pickup.unit_vector());
                let mut near = all.take_while(|(_, chord)| *chord <= reach);
                near.find_map(|(place, _)| match meet(place) {
                    Met::Fits(distance_m) => Some((place.driver.clone(), distance_m)),
                    Met::Gone | Met::PassedOver => None,
                })
            }
        };
        for id in left_behind {
            self.settle_place(&id, now);
        }
        found
    }

    /// Takes back into the tree whoever is not silent by a larger measure. Rare: that measure is a setting.
    fn widen(&mut self, horizon: Duration, now: Now) {
        self.horizon = horizon;
        let outside = self.drivers.iter().filter(|(_, entry)| entry.place.is_none());
        let outside: Vec<DriverId> = outside.map(|(id, _)| id.clone()).collect();
        for id in outside {
            self.settle_place(&id, now);
        }
    }

    fn hold(&mut self, driver_id: &DriverId, holding: Holding, now: Now) {
        if let Some(until) = holding.until {
            self.leases.insert((until, driver_id.clone()));
        }
        self.orders.insert(holding.order_id.clone(), driver_id.clone());
        self.holdings.insert(driver_id.clone(), holding);
        self.settle_place(driver_id, now);
    }

    /// Ends whatever holds the driver, without giving them back to the tree.
    fn let_go(&mut self, driver_id: &DriverId) {
        if let Some(holding) = self.holdings.remove(driver_id) {
            self.orders.remove(&holding.order_id);
            self.waiting.put_back(&holding.order_id);
            if let Some(until) = holding.until {
                self.leases.remove(&(until, driver_id.clone()));
            }
        }
    }

    fn free(&mut self, driver_id: &DriverId, now: Now) {
        self.let_go(driver_id);
        self.offer(driver_id, now);
    }
}

fn as_assignment((driver_id, holding): (&DriverId, &Holding)) -> Assignment {
    let Holding { order_id, token, .. } = holding;
    Assignment { driver_id: driver_id.clone(), order_id: order_id.clone(), token: token.clone() }
}
