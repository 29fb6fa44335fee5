//! Drivers, durably: what the index is restored from.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Driver, DriverId, Position};

/// The drivers' table.
#[async_trait]
pub trait DriverStore: Send + Sync + 'static {
    /// Adds drivers, or replaces their name and status; a position given is stored when it [supersedes] the last. Durable
    /// when it returns.
    ///
    /// [supersedes]: Position::supersedes
    async fn save(&self, drivers: Vec<Driver>) -> Result<(), StoreError>;

    /// Stores positions that [supersede] the last, one after the other. May be lost with the machine's power: the road reports again.
    ///
    /// [supersede]: Position::supersedes
    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError>;

    /// Deletes a driver. False when unknown.
    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError>;

    /// Drivers in the order of their ids, behind `after`, `order_id` empty.
    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError>;
}
