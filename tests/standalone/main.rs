//! Tropa in standalone mode, as its users meet it: the real binary, real sockets, a data folder of its own per test.

mod checker;
mod collector;
mod pipeline;
mod rig;
mod traces;
