//! What runs beside the pipeline and keeps it tidy: one small actor per duty. Each says what happens when
//! several processes have one.

mod gauge_keeper;
mod pruner;
mod redispatcher;
mod registrar;
mod rescuer;
mod rounds;
mod sweeper;
mod timekeeper;
mod waker;

pub use gauge_keeper::GaugeKeeper;
pub use pruner::{Pruner, PrunerPorts};
pub use redispatcher::Redispatcher;
pub use registrar::{
    Answers, Ask, ListActors, ListInstances, Member, Registrar, RegistrarPorts, Route, RouteError, carry_out,
};
pub use rescuer::Rescuer;
pub use sweeper::ClaimSweeper;
pub use timekeeper::{Timekeeper, TimekeeperPorts};
pub use waker::{Waker, WakerPorts};
