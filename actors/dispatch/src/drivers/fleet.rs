//! Which order holds whom, for a dispatch side that asks over gRPC.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::time::timeout;
use tropa_supervision::{Answering, Context};

use super::{DriverError, DriverRegistry, ReleaseDriver, SearchDriver, Shelf};
use crate::domain::OrderId;
use crate::port::{Claim, ClaimRequest, FleetError, OrderStore, Release, SearchRequest, StoreError, Unfit};

/// What the store says of the orders that callers name: a caller's word holds no driver, and frees none that drives.
#[derive(Clone)]
struct Word {
    orders: Arc<dyn OrderStore>,
    /// The caller's own deadline is not much longer.
    patience: Duration,
}

impl Word {
    /// Whether the order waits for a driver. One that has a driver, or is done with, has nothing to search, and its claim is
    /// not told to whoever knows its id.
    ///
    /// A store that does not answer says nothing against it: without it no claim becomes an assignment, and the claim's lease
    /// runs out. Refusing would make the store's outage one of the fleet, and open breakers.
    async fn waits(&self, order: &OrderId) -> Result<bool, StoreError> {
        match timeout(self.patience, self.orders.load(vec![order.clone()])).await {
            Ok(Ok(found)) => Ok(found.into_iter().flatten().any(|order| order.status.waits())),
            Ok(Err(fault @ StoreError::Fault(_))) => Err(fault),
            Ok(Err(_)) | Err(_) => Ok(true),
        }
    }

    /// Whether the driver drives for that order. A release can wait, until the store says.
    async fn drives(&self, claim: &Release) -> Result<bool, StoreError> {
        let late = || StoreError::Unavailable("no answer in time".to_owned());
        let assigned = timeout(self.patience, self.orders.assigned(vec![claim.clone()])).await;
        Ok(assigned.map_err(|_| late())??.first().copied().unwrap_or_default())
    }
}

impl Shelf {
    fn word(&self) -> Word {
        Word { orders: self.ports.orders.clone(), patience: self.settings.fleet_deadline / 2 }
    }

    fn claim_request(&self, request: SearchRequest) -> Result<ClaimRequest, DriverError> {
        request.check().map_err(|error| match error {
            FleetError::Refused(why) => DriverError::Refused(why),
            other => DriverError::Refused(other.to_string()),
        })?;
        let SearchRequest { order_id, pickup, radius_m, excluded, driver, wait } = request;
        let (max_age, lease) = (self.settings.driver_max_age, self.settings.claim_lease);
        Ok(ClaimRequest { order_id, pickup, radius_m, excluded, driver, max_age, lease, wait })
    }
}

impl Shelf {
    async fn search(self: Rc<Self>, request: SearchRequest) -> Result<Option<Claim>, DriverError> {
        let (index, request) = (&*self.ports.index, self.claim_request(request)?);
        if !self.word().waits(&request.order_id).await? {
            return Err(DriverError::NotWaiting(request.order_id));
        }
        let named = request.driver.clone().filter(|named| !request.excluded.contains(named));
        match (index.claim(request).await?, named) {
            (None, Some(named)) => Err(Unfit::of(named, index).await?.into()),
            (claim, _) => Ok(claim),
        }
    }

    async fn release(self: Rc<Self>, claim: Release) -> Result<bool, DriverError> {
        Ok(!self.word().drives(&claim).await? && self.ports.index.release(&claim).await?)
    }
}

impl Handler<SearchDriver> for DriverRegistry {
    type Result = Answering<Result<Option<Claim>, DriverError>>;

    fn handle(&mut self, SearchDriver(request): SearchDriver, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.shelf.clone().search(request))
    }
}

impl Handler<ReleaseDriver> for DriverRegistry {
    type Result = Answering<Result<bool, DriverError>>;

    fn handle(&mut self, ReleaseDriver(claim): ReleaseDriver, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.shelf.clone().release(claim))
    }
}
