//! The fleet service without a network between.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tropa_contract::port::{
    Claim, ClaimRequest, DriverIndex, Fleet, FleetError, IndexError, Release, SearchRequest, Unfit,
};

/// How drivers are given out.
#[derive(Clone, Copy, Debug)]
pub struct FleetSettings {
    /// A driver silent for longer is not given orders.
    pub max_age: Duration,
    /// A claim lasts this long unless its assignment is committed.
    pub lease: Duration,
}

impl Default for FleetSettings {
    fn default() -> Self {
        Self { max_age: Duration::from_mins(1), lease: Duration::from_secs(30) }
    }
}

/// Searches and releases straight in the driver index.
#[derive(Clone)]
pub struct InProcessFleet {
    index: Arc<dyn DriverIndex>,
    settings: FleetSettings,
}

impl InProcessFleet {
    /// Over `index`.
    pub fn new(index: Arc<dyn DriverIndex>, settings: FleetSettings) -> Self {
        Self { index, settings }
    }
}

fn unavailable(IndexError(why): IndexError) -> FleetError {
    FleetError::Unavailable(why)
}

#[async_trait]
impl Fleet for InProcessFleet {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        request.check()?;
        let SearchRequest { order_id, pickup, radius_m, excluded, driver, wait } = request;
        let FleetSettings { max_age, lease } = self.settings;
        let named = driver.clone().filter(|named| !excluded.contains(named));
        let claim = ClaimRequest { order_id, pickup, radius_m, excluded, driver, max_age, lease, wait };
        match (self.index.claim(claim).await.map_err(unavailable)?, named) {
            (None, Some(named)) => Err(Unfit::of(named, &*self.index).await.map_err(unavailable)?.into()),
            (claim, _) => Ok(claim),
        }
    }

    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        self.index.release(&claim).await.map_err(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use tropa_contract::port::SystemClock;

    use super::*;
    use crate::EmbeddedDriverIndex;

    #[tokio::test]
    async fn keeps_the_port() {
        tropa_contract::testing::fleet::conforms(async |drivers| {
            let index =
                Arc::new(EmbeddedDriverIndex::new(Arc::new(SystemClock), FleetSettings::default().max_age));
            index.put(drivers).await.unwrap();
            InProcessFleet::new(index, FleetSettings::default())
        })
        .await;
    }
}
