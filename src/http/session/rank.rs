//! What people may do.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// What somebody may do; each may what those before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, EnumString, IntoStaticStr, ToSchema,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(in crate::http) enum Rank {
    /// Looks, and changes nothing.
    Viewer,
    /// Heals: restarts, drains, replays.
    Operator,
    /// Hurts on purpose: stops, kills, hangs.
    Chaos,
}

impl Rank {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
