//! The HTTP API over a listening server and a whole Tropa.

mod abuse;
mod actors;
pub mod api;
mod commands;
mod dead_letters;
mod document;
mod drivers;
mod orders;
mod probes;
mod silence;
mod stopping;
mod stream;
