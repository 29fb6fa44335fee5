//! The registry on the real Redis.

use tropa_redis::{Connections, Options, RedisInstances};

use crate::servers::servers;

/// A registry that nobody else uses.
fn registry() -> RedisInstances {
    let place = servers().redis();
    let options = Options { prefix: place.prefix, ..Options::new(place.url) };
    RedisInstances::new(Connections::open(options).unwrap())
}

#[tokio::test]
async fn keeps_the_port() {
    tropa_dispatch::testing::instances::conforms(async || registry()).await;
}
