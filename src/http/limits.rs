//! What keeps one caller, or all of them together, from taking everything.

mod bucket;
mod permits;
mod shares;

pub(super) use bucket::{Buckets, Verdict};
pub(super) use permits::Permits;
pub(super) use shares::{Share, Shares};
