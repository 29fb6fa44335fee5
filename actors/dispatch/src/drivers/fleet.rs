//! Which order holds whom, for a dispatch side that asks over gRPC.

use actix::prelude::*;
use tropa_supervision::Context;

use super::{DriverError, DriverRegistry, ReleaseDriver, SearchDriver};
use crate::port::{Claim, ClaimRequest, FleetError, SearchRequest};

impl DriverRegistry {
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

impl Handler<SearchDriver> for DriverRegistry {
    type Result = ResponseActFuture<Self, Result<Option<Claim>, DriverError>>;

    fn handle(&mut self, SearchDriver(request): SearchDriver, _: &mut Context<Self>) -> Self::Result {
        let (index, request) = (self.ports.index.clone(), self.claim_request(request));
        Box::pin(async move { Ok(index.claim(request?).await?) }.into_actor(self))
    }
}

impl Handler<ReleaseDriver> for DriverRegistry {
    type Result = ResponseActFuture<Self, Result<bool, DriverError>>;

    fn handle(&mut self, ReleaseDriver(claim): ReleaseDriver, _: &mut Context<Self>) -> Self::Result {
        let index = self.ports.index.clone();
        Box::pin(async move { Ok(index.release(&claim).await?) }.into_actor(self))
    }
}
