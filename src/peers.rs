//! Who is connected: how many, how many of one address, and what one connection may take of us. For every listener.
//!
//! A connection is taken in by [`Places`], which gives it a place or refuses it, and wrapped into a [`Guarded`] stream, which
//! ends it when its peer takes what it is sent too slowly, sends more than was asked for, or its place is needed. What is
//! worked on for it is told to its [`Peer`] by the edge.

mod count;
mod descriptors;
mod guarded;
mod network;
mod peer;
mod places;
mod watched;

pub use count::Count;
pub use descriptors::{connections, raise};
pub use guarded::{Guard, Guarded, Pace};
pub use network::{Apart, Network, shared};
pub use peer::{Body, Peer, Work};
pub use places::{Limits, Place, Places, Refused};
pub use watched::{Watch, Watched};
