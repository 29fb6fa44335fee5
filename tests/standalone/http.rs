//! The HTTP API over a listening server and a whole Tropa.

mod abuse;
mod actors;
pub mod api;
mod audit;
mod commands;
mod crowd;
mod dead_letters;
mod document;
mod drivers;
mod foreign;
mod greedy;
mod lanes;
mod operations;
mod orders;
mod outbox;
mod pipeline;
mod probes;
mod refusals;
mod session;
mod silence;
mod stopping;
mod stream;
mod unread;
mod watching;
