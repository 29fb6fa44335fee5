//! Two drivers for whoever tries Tropa out: the README's first order finds somebody.
//!
//! No phone reports for them, and a driver who is silent for a minute is given no orders. So that the same order works
//! an hour later too, their last position is told again and again. Only in development; a driver whom somebody else
//! moves is left alone.

use std::time::Duration;

use time::OffsetDateTime;

use super::{DriverError, DriverPorts, Shelf};
use crate::domain::{Driver, DriverId, DriverStatus, GeoPoint, Position};

/// Well within the age at which a driver counts as silent.
pub(super) const KEPT_ALIVE_EVERY: Duration = Duration::from_secs(20);

/// Id (and name), latitude, longitude.
const EXAMPLES: [(&str, f64, f64); 2] = [("Joao-da-Silva", -23.55, -46.63), ("Maria-Longe", -23.60, -46.70)];

fn examples(now: OffsetDateTime) -> Vec<Driver> {
    let driver = |(id, lat, lng): (&str, f64, f64)| {
        let position = Position::new(GeoPoint::new(lat, lng).ok()?, now);
        Some(Driver {
            id: id.parse().ok()?,
            name: id.to_owned(),
            status: DriverStatus::Available,
            position: Some(position),
            order_id: None,
            silent: false,
        })
    };
    EXAMPLES.into_iter().filter_map(driver).collect()
}

/// Creates them. Returns how many there are.
pub(super) async fn seed(ports: &DriverPorts) -> Result<u64, DriverError> {
    let drivers = examples(ports.clock.now());
    let count = drivers.len() as u64;
    ports.drivers.save(drivers.clone()).await?;
    ports.index.put(drivers).await?;
    tracing::info!("two example drivers created");
    Ok(count)
}

/// Tells the last positions of those again for whom nobody has reported. Returns the positions.
async fn keep_alive(ports: &DriverPorts) -> Result<Vec<(DriverId, Position)>, DriverError> {
    let now = ports.clock.now();
    let mut positions: Vec<(DriverId, Position)> = Vec::new();
    for Driver { id, .. } in examples(now) {
        let position = ports.index.get(&id).await?.and_then(|driver| driver.position);
        // A little less than the interval: a timer that is early must not skip a round.
        if let Some(position) = position.filter(|last| now - last.heard_at > KEPT_ALIVE_EVERY / 2) {
            positions.push((id, Position { at: now, ..position }.heard(now)));
        }
    }
    if !positions.is_empty() {
        ports.index.report(positions.clone()).await?;
    }
    Ok(positions)
}

impl Shelf {
    pub(super) async fn keep_examples_alive(&self) {
        if !self.settings.example_drivers {
            return;
        }
        match keep_alive(&self.ports).await {
            // An order of theirs is not with somebody silent.
            Ok(positions) => self.keep(positions),
            Err(error) => tracing::debug!(%error, "example drivers not kept alive"),
        }
    }
}
