//! What the edges hold: references to the actors they may ask. What runs with a role is a [`Part`]: where it does not run, it
//! is not there to be asked.

use std::sync::{Arc, OnceLock};

use tropa_supervision::{ActorSystem, Ref};

use crate::{
    breaker::BreakerActor, clerk::Clerk, dead_letters::DeadLetterDrain, domain::Identity,
    drivers::DriverRegistry, duty::Duty, feed::Feed, intake::Intake, metrics::Metrics, orders::Orders,
    port::Clock, reader::Reader, roles::Part, settings::Settings, upkeep::Registrar,
};

/// The running Tropa, as HTTP, gRPC and the console see it. Cheap to clone.
#[derive(Clone)]
pub struct Handles {
    /// Takes orders.
    pub intake: Part<Ref<Intake>>,
    /// Commands for one order.
    pub orders: Part<Orders>,
    /// Everything that only looks.
    pub reader: Ref<Reader>,
    /// What people do is written down by it.
    pub clerk: Ref<Clerk>,
    /// Drivers and positions.
    pub drivers: Part<Ref<DriverRegistry>>,
    /// Replays and discards.
    pub dead_letters: Part<Ref<DeadLetterDrain>>,
    /// The breaker around the fleet service, where there is a dispatch path.
    pub breaker: Option<Ref<BreakerActor>>,
    /// This instance to the others, and the others to us.
    pub registrar: Ref<Registrar>,
    /// Whether work is taken.
    pub duty: Duty,
    /// Who this is.
    pub identity: Arc<Identity>,
    /// Where the API can be reached: known when it is bound, and shown to the others from then on.
    pub advertised: Arc<OnceLock<String>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The supervision tree: picture, events, commands.
    pub system: ActorSystem,
    /// Steps of orders as they happen.
    pub feed: Feed,
    /// Everything that is counted.
    pub metrics: Arc<Metrics>,
    /// How it is set up.
    pub settings: Arc<Settings>,
}
