//! Drivers of orders that have ended, whom the index still holds.
//!
//! A driver is given back by an event of the order's, through the outbox: some milliseconds behind the answer to whoever ended
//! it, or minutes when a broker is down. Who looks at a driver then, or wants them gone, does not wait for that: what the store
//! has committed is given back here, by the same step, which is done once whoever comes first.

use tokio::time::timeout;

use super::Shelf;
use crate::domain::Driver;
use crate::port::Assignment;

impl Shelf {
    /// Gives the driver back if the order that holds them has ended. Whether it has, and so what the index said is over. A store
    /// that does not answer says nothing of that.
    pub(super) async fn hand_back(&self, driver: &Driver) -> bool {
        let Some(claim) = self.ended(driver).await else { return false };
        self.ports.index.release(&claim).await.is_ok()
    }

    /// What is left of the driver's assignment.
    async fn ended(&self, driver: &Driver) -> Option<Assignment> {
        let held_by = vec![driver.order_id.clone()?];
        let loaded = timeout(self.settings.fleet_deadline / 2, self.ports.orders.load(held_by)).await;
        let order =
            loaded.ok()?.ok()?.into_iter().flatten().next().filter(|order| order.status.is_final())?;
        let (driver_id, token) = (order.driver_id?, order.claim_token?);
        (driver_id == driver.id).then_some(Assignment { driver_id, order_id: order.id, token })
    }
}
