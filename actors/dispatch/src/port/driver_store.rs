//! Drivers, durably: what the index is restored from.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Driver, DriverId, Position};

/// The drivers' table.
#[async_trait]
pub trait DriverStore: Send + Sync + 'static {
    /// Adds drivers, or replaces their name and status; a position given is stored. Durable when it returns.
    async fn save(&self, drivers: Vec<Driver>) -> Result<(), StoreError>;

    /// Stores last positions. May be lost with the machine's power: the road reports again.
    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError>;

    /// Deletes a driver. False when unknown.
    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError>;

    /// Drivers in the order of their ids, behind `after`, `order_id` empty.
    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError>;
}
