//! [`DriverStore`] on PostgreSQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tropa_dispatch::{
    domain::{Driver, DriverId, GeoPoint, Position},
    port::{DriverStore, StoreError},
};

use super::{
    PostgresStore,
    column::{parsed, time_at},
    connection::bounded,
    failure::Failure,
    statement,
    transaction::Param,
};

#[async_trait]
impl DriverStore for PostgresStore {
    async fn save(&self, drivers: Vec<Driver>) -> Result<(), StoreError> {
        // PostgreSQL writes a row once a statement, so of several entries the last counts, with the last position. In the
        // order of ids: whoever else saves drivers locks them in the same order.
        let mut wanted: BTreeMap<DriverId, Driver> = BTreeMap::new();
        for mut driver in drivers {
            let earlier = wanted.remove(&driver.id).and_then(|earlier| earlier.position);
            driver.position = driver.position.or(earlier);
            wanted.insert(driver.id.clone(), driver);
        }
        let (id, name): (Vec<_>, Vec<_>) =
            wanted.values().map(|driver| (driver.id.as_str(), driver.name.as_str())).unzip();
        let status: Vec<_> = wanted.values().map(|driver| driver.status.as_str()).collect();
        let positions = Places::of(wanted.values().map(|driver| driver.position.as_ref()));
        let [lat, lng, heading, at] = positions.params();
        let params: [Param<'_>; 7] = [&id, &name, &status, lat, lng, heading, at];
        self.execute(statement::SAVE_DRIVERS, &params).await.map(|_| ())
    }

    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError> {
        let mut newest: BTreeMap<DriverId, Position> = BTreeMap::new();
        for (driver, position) in positions {
            if newest.get(&driver).is_none_or(|known| known.at <= position.at) {
                newest.insert(driver, position);
            }
        }
        let id: Vec<_> = newest.keys().map(DriverId::as_str).collect();
        let places = Places::of(newest.values().map(Some));
        let [lat, lng, heading, at] = places.params();
        let params: [Param<'_>; 5] = [&id, lat, lng, heading, at];
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::SAVE_POSITIONS).await?;
            connection.execute(&statement, &params).await?;
            Ok(())
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }

    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError> {
        Ok(self.execute(statement::DELETE_DRIVER, &[&driver.as_str()]).await? > 0)
    }

    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError> {
        let after = after.as_ref().map_or("", DriverId::as_str);
        let rows = self.rows(statement::LOAD_DRIVERS, &[&after, &i64::from(limit)]).await?;
        Ok(rows.iter().map(driver).collect::<Result<_, _>>()?)
    }
}

/// The arrays of positions.
#[derive(Default)]
struct Places {
    lat: Vec<Option<f64>>,
    lng: Vec<Option<f64>>,
    heading: Vec<Option<f64>>,
    at: Vec<Option<OffsetDateTime>>,
}

impl Places {
    fn of<'p>(positions: impl Iterator<Item = Option<&'p Position>>) -> Self {
        let mut places = Self::default();
        for position in positions {
            places.lat.push(position.map(|p| p.point.lat()));
            places.lng.push(position.map(|p| p.point.lng()));
            places.heading.push(position.and_then(|p| p.heading));
            places.at.push(position.map(|p| p.at));
        }
        places
    }

    fn params(&self) -> [Param<'_>; 4] {
        [&self.lat, &self.lng, &self.heading, &self.at]
    }
}

fn driver(row: &Row) -> Result<Driver, Failure> {
    let (lat, lng) = (row.try_get(3)?, row.try_get(4)?);
    let position = match (lat, lng, row.try_get::<_, Option<OffsetDateTime>>(6)?) {
        (Some(lat), Some(lng), Some(_)) => {
            let point =
                GeoPoint::new(lat, lng).map_err(|e| Failure::Fault(format!("stored position: {e}")))?;
            Some(Position { point, heading: row.try_get(5)?, at: time_at(row, 6)? })
        }
        _ => None,
    };
    Ok(Driver {
        id: parsed(row, 0)?,
        name: row.try_get(1)?,
        status: parsed(row, 2)?,
        position,
        order_id: None,
    })
}
