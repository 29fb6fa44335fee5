//! The suites of the ports, on a real server.

use std::time::Duration;

use tropa_dispatch::testing;
use tropa_redis::{Connections, Options, RedisDriverIndex, RedisLeases};

use crate::servers::{RedisPlace, servers};

/// Connections to a place of their own. Patient: other tests keep this machine busy.
pub fn connections() -> Connections {
    connect(servers().redis())
}

pub fn connect(place: RedisPlace) -> Connections {
    let timeout = Duration::from_secs(5);
    let options = Options { prefix: place.prefix, timeout, ..Options::new(place.url) };
    Connections::open(options).unwrap()
}

#[tokio::test]
async fn leases_keep_the_port() {
    testing::leases::conforms(async || RedisLeases::new(connections())).await;
}

#[tokio::test]
async fn the_driver_index_keeps_the_port() {
    let minute = Duration::from_mins(1);
    testing::driver_index::conforms(async || RedisDriverIndex::new(connections(), minute)).await;
}
