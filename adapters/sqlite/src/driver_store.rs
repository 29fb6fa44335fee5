//! [`DriverStore`] on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row};
use time::OffsetDateTime;
use tropa_contract::{
    domain::{CLOCK_SLACK, Driver, DriverId, GeoPoint, OrderId, Position},
    port::{DriverStore, StoreError},
};

use super::{
    SqliteStore,
    batch::{Batch, all},
    column::{micros, parsed, time},
    failure::Failure,
    statement,
    writer::Durability,
};

#[async_trait]
impl DriverStore for SqliteStore {
    async fn save(&self, drivers: Vec<Driver>) -> Result<(), StoreError> {
        self.write(Durability::Full, move |batch| {
            for driver in &drivers {
                let params = (driver.id.as_str(), &driver.name, driver.status.as_str());
                batch.execute(statement::SAVE_DRIVER, params)?;
                if let Some(position) = &driver.position {
                    save_position(batch, &driver.id, position)?;
                }
            }
            Ok(())
        })
        .await
    }

    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError> {
        self.write(Durability::Relaxed, move |batch| {
            positions.iter().try_for_each(|(driver, position)| save_position(batch, driver, position))
        })
        .await
    }

    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError> {
        let delete =
            move |batch: &mut Batch<'_>| Ok(batch.execute(statement::DELETE_DRIVER, [driver.as_str()])? > 0);
        self.write(Durability::Full, delete).await
    }

    async fn silent(
        &self,
        orders: Vec<OrderId>,
        max_age: Duration,
    ) -> Result<Vec<(OrderId, OffsetDateTime)>, StoreError> {
        let limit = micros(self.clock.now() - max_age);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(statement::DRIVER_HEARD)?;
            let mut silent = Vec::new();
            for order in orders {
                let times = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?));
                let Some((heard, dispatched)) = statement.query_row([order.as_str()], times).optional()?
                else {
                    continue;
                };
                if heard.max(Some(dispatched)) < Some(limit) {
                    silent.push((order, time(heard.unwrap_or(dispatched))?));
                }
            }
            Ok(silent)
        })
        .await
    }

    async fn silent_orders(&self, max_age: Duration) -> Result<u64, StoreError> {
        let since = micros(self.clock.now() - max_age);
        let count = self.read(move |connection| {
            let mut statement = connection.prepare_cached(statement::COUNT_SILENT_ORDERS)?;
            Ok(statement.query_row([since], |row| row.get::<_, i64>(0))?)
        });
        Ok(count.await?.unsigned_abs())
    }

    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError> {
        self.read(move |connection| {
            let after = after.as_ref().map_or("", |driver| driver.as_str());
            all(connection, statement::LOAD_DRIVERS, (after, limit), driver)
        })
        .await
    }
}

fn save_position(batch: &mut Batch<'_>, driver: &DriverId, position: &Position) -> Result<(), Failure> {
    let Position { point, heading, at, heard_at } = position;
    let slack = i64::try_from(CLOCK_SLACK.as_micros()).unwrap_or(i64::MAX);
    let params = (driver.as_str(), point.lat(), point.lng(), heading, micros(*at), micros(*heard_at), slack);
    batch.execute(statement::SAVE_POSITION, params)?;
    Ok(())
}

fn driver(row: &Row<'_>) -> Result<Driver, Failure> {
    let (lat, lng): (Option<f64>, Option<f64>) = (row.get(3)?, row.get(4)?);
    let (at, heard_at): (Option<i64>, Option<i64>) = (row.get(6)?, row.get(7)?);
    let position = match (lat, lng, at.zip(heard_at)) {
        (Some(lat), Some(lng), Some((at, heard_at))) => {
            let point =
                GeoPoint::new(lat, lng).map_err(|e| Failure::Fault(format!("stored position: {e}")))?;
            Some(Position { point, heading: row.get(5)?, at: time(at)?, heard_at: time(heard_at)? })
        }
        _ => None,
    };
    Ok(Driver {
        id: parsed(row, 0)?,
        name: row.get(1)?,
        status: parsed(row, 2)?,
        position,
        order_id: None,
        silent: false,
    })
}
