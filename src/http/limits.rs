//! What keeps one caller, or all of them together, from taking everything.

mod bucket;
mod shares;
mod slots;

pub(super) use bucket::{Buckets, Verdict};
pub(super) use shares::{Share, Shares};
pub(super) use slots::Slots;
