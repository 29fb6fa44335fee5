//! What runs beside the pipeline and keeps it tidy: one small actor per duty.

mod heartbeat;
mod pruner;
mod redispatcher;
mod sweeper;

pub use heartbeat::Heartbeat;
pub use pruner::Pruner;
pub use redispatcher::Redispatcher;
pub use sweeper::ClaimSweeper;
