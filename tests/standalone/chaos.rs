//! Kill it, start it again, and see that nothing is lost and nothing happens twice.
//!
//! `TROPA_CHAOS_ROUNDS` says how many rounds (default 5), `TROPA_CHAOS_SEED` repeats a run's choices.

mod actors;
mod audit;
mod campaign;
mod database;
mod disk;
mod evidence;
mod file;
mod folder;
mod load;
mod planted;
mod sigkill;
mod signals;

pub use audit::audit_lines;
pub use database::load;
