//! Whether the fleet service can serve: whether its driver index answers.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tonic_health::server::HealthReporter;
use tropa_dispatch::domain::DriverId;
use tropa_dispatch::drivers::{DriverError, DriverRegistry, GetDriver};
use tropa_proto::fleet::fleet_server::FleetServer;
use tropa_supervision::Ref;

use super::service::FleetService;

/// How often the index is asked, and how long it may take.
const LOOK: Duration = Duration::from_secs(1);
/// A driver nobody has: that there is none such is an answer of the index.
const NOBODY: &str = "tropa.health";

/// Tells the health service how it is, whenever that changes.
pub(super) async fn watch(registry: Ref<DriverRegistry>, health: HealthReporter) {
    let Ok(nobody) = NOBODY.parse::<DriverId>() else { return };
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut well = true;
    loop {
        look.tick().await;
        let answer = registry.ask_for(LOOK, GetDriver(nobody.clone())).await;
        // While drivers are restored searches are answered from what the index has.
        let answers = matches!(answer, Ok(Ok(_) | Err(DriverError::Unknown(_) | DriverError::Restoring)));
        if answers == well {
            continue;
        }
        well = answers;
        if well {
            tracing::info!("the driver index answers again: serving the fleet");
            health.set_serving::<FleetServer<FleetService>>().await;
        } else {
            tracing::warn!("the driver index does not answer: not serving the fleet");
            health.set_not_serving::<FleetServer<FleetService>>().await;
        }
    }
}
