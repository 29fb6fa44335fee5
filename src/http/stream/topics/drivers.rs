//! Drivers, in few words: there may be very many, and each moves.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Serialize, Serializer};
use tropa_dispatch::{
    domain::{Driver, DriverId, DriverStatus, OrderId},
    drivers::ListDrivers,
    port::DriverFilter,
};

use crate::http::{
    edge::Edge,
    problem::Answer,
    stream::{event::Events, picture::Picture},
};

/// Drivers that are shown; those with the first ids.
const MOST: usize = 20_000;
/// Drivers that are read at once.
const PAGE: u32 = 1_000;

/// A driver as an array: id, name, status, lat, lng, heading, when they were heard (milliseconds since 1970), order.
#[derive(Clone, PartialEq)]
struct Compact {
    id: DriverId,
    name: String,
    status: DriverStatus,
    lat: Option<f64>,
    lng: Option<f64>,
    heading: Option<f64>,
    heard_at: Option<i64>,
    order_id: Option<OrderId>,
}

impl Serialize for Compact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id, name, status, lat, lng, heading, heard_at, order_id } = self;
        (id.as_str(), name, status, lat, lng, heading, heard_at, order_id.as_ref().map(OrderId::as_str))
            .serialize(serializer)
    }
}

/// A `snapshot` event: every driver.
#[derive(Serialize)]
struct Snapshot<'a> {
    topic: &'static str,
    /// Who is not heard of for so long is silent.
    silent_after_ms: u64,
    drivers: Vec<&'a Compact>,
}

/// A `drivers` event: who is different, and who is not there any more.
#[derive(Serialize)]
struct Changed<'a> {
    changed: Vec<&'a Compact>,
    gone: Vec<&'a str>,
}

/// The drivers, as they were told.
#[derive(Default)]
pub struct Drivers(HashMap<DriverId, Compact>);

impl From<Driver> for Compact {
    fn from(driver: Driver) -> Self {
        let position = driver.position.as_ref();
        Self {
            lat: position.map(|position| position.point.lat()),
            lng: position.map(|position| position.point.lng()),
            heading: position.and_then(|position| position.heading),
            heard_at: position.map(|position| (position.heard_at.unix_timestamp_nanos() / 1_000_000) as i64),
            id: driver.id,
            name: driver.name,
            status: driver.status,
            order_id: driver.order_id,
        }
    }
}

async fn read(edge: &Edge) -> Answer<HashMap<DriverId, Compact>> {
    let mut drivers = HashMap::new();
    let mut after = None;
    loop {
        let filter = DriverFilter { after, limit: PAGE, ..DriverFilter::default() };
        let page = edge.ask(edge.drivers()?, ListDrivers(filter)).await??;
        let full = page.len() == PAGE as usize;
        after = page.last().map(|driver| driver.id.clone());
        drivers.extend(page.into_iter().map(|driver| (driver.id.clone(), driver.into())));
        if !full || drivers.len() >= MOST {
            return Ok(drivers);
        }
    }
}

#[async_trait(?Send)]
impl Picture for Drivers {
    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        let told = std::mem::replace(&mut self.0, read(edge).await?);
        let changed = self.0.values().filter(|now| told.get(&now.id) != Some(now)).collect();
        let gone = told.keys().filter(|id| !self.0.contains_key(id)).map(DriverId::as_str).collect();
        let changed = Changed { changed, gone };
        if !changed.changed.is_empty() || !changed.gone.is_empty() {
            news.push("drivers", None, &changed);
        }
        Ok(())
    }

    async fn whole(&mut self, edge: &Edge, events: &mut Events) -> Answer<()> {
        let silent_after_ms = edge.handles.settings.driver_max_age.as_millis() as u64;
        let drivers = self.0.values().collect();
        events.push("snapshot", None, &Snapshot { topic: "drivers", silent_after_ms, drivers });
        Ok(())
    }
}
