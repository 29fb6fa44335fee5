use super::stage::broker;
use crate::servers::servers;

#[tokio::test]
async fn keeps_the_port() {
    tropa_dispatch::testing::broker::conforms(async || broker(&servers().vhost().await)).await;
}
