//! Adapters for standalone mode that live in this process: nothing to install, nothing to reach over a network.
//!
//! None of them is durable, and none needs to be: the database keeps the only copy of every job, and what is held
//! here is rebuilt from it.

mod broker;
mod driver_index;
mod fleet;
mod instances;
mod leases;

pub use broker::{AuditLog, BrokerSettings, EmbeddedBroker};
pub use driver_index::EmbeddedDriverIndex;
pub use fleet::{FleetSettings, InProcessFleet};
pub use instances::EmbeddedInstances;
pub use leases::EmbeddedLeases;
