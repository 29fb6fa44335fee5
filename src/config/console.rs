//! The console.

use std::path::PathBuf;

use super::{
    form::path,
    sources::{Setting, Sources, setting},
};

const MAP: Setting = setting(
    "console.map",
    "TROPA_CONSOLE_MAP",
    "GeoJSON file (WGS 84, at most 8 MiB) that the console draws behind its map; read each time it is asked for",
);

/// What the console shows that only its operator has.
#[derive(Clone, Debug)]
pub struct ConsoleConfig {
    /// What lies behind the map: streets, a coast, the borders of zones.
    pub map: Option<PathBuf>,
}

impl ConsoleConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let map = from.find(MAP, path());
        if map.as_ref().is_some_and(|map| !map.is_file()) {
            from.refuse(MAP, "must name a file that is there");
        }
        Self { map }
    }
}
