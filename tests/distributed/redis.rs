//! The Redis adapters against a real Redis.

mod claiming;
mod conformance;
