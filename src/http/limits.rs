//! What keeps one caller, or all of them together, from taking everything.

mod bucket;
mod slots;

pub(super) use bucket::{Buckets, Verdict};
pub(super) use slots::{Slot, Slots};
