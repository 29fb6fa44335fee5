//! Drivers, durably: what the index is restored from.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::domain::{Driver, DriverId, OrderId, Position};

/// The drivers' table.
#[async_trait]
pub trait DriverStore: Send + Sync + 'static {
    /// Adds drivers, or replaces their name and status; a position given is [heard]. Durable when it returns.
    ///
    /// [heard]: Position::hearing
    async fn save(&self, drivers: Vec<Driver>) -> Result<(), StoreError>;

    /// [Hears] positions, one after the other. May be lost with the machine's power: the road reports again.
    ///
    /// [Hears]: Position::hearing
    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError>;

    /// Deletes a driver. False when unknown.
    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError>;

    /// Those of `orders` that are dispatched and whose driver was not heard of for `max_age`, nor given the order since, by the
    /// store's clock. With when the driver was heard of last; if never, when the order was dispatched.
    async fn silent(
        &self,
        orders: Vec<OrderId>,
        max_age: Duration,
    ) -> Result<Vec<(OrderId, OffsetDateTime)>, StoreError>;

    /// How many orders there are of that kind.
    async fn silent_orders(&self, max_age: Duration) -> Result<u64, StoreError>;

    /// Drivers in the order of their ids, behind `after`, `order_id` empty.
    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError>;
}
