//! What runs beside the pipeline and keeps it tidy: one small actor per duty.

mod heartbeat;
mod pruner;
mod redispatcher;
mod registrar;
mod sweeper;

pub use heartbeat::Heartbeat;
pub use pruner::Pruner;
pub use redispatcher::Redispatcher;
pub use registrar::{
    ListActors, ListInstances, Member, Registrar, RegistrarPorts, Route, RouteError, carry_out,
};
pub use sweeper::ClaimSweeper;
