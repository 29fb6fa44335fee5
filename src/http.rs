//! The HTTP edge: decode, ask an actor, encode.
//!
//! [`serve`] binds and serves; [`openapi`] is the API's description. Requests are checked here and nowhere else; what an
//! actor answers becomes a status in `problem/mapping.rs` and nowhere else. Handlers only ask actors: no port, no adapter.

mod actors;
mod admin;
mod admit;
mod amount;
mod audit;
mod body;
mod breakers;
mod conditional;
mod configuration;
mod console;
mod dead_letters;
mod docs;
mod drivers;
mod edge;
mod failures;
mod idempotency;
mod instances;
mod json;
mod limits;
mod methods;
mod observe;
mod openapi;
mod operations;
mod options;
mod orders;
mod origin;
mod outbox;
mod overview;
mod path;
mod pipeline;
mod probes;
mod problem;
mod query;
mod routes;
mod server;
mod session;
mod stream;
mod trace;

pub use crate::config::{AdminToken, HttpLimits, RateLimit};
pub use openapi::document as openapi;
pub use options::Options;
pub use server::{Server, Socket, serve, serve_on};
