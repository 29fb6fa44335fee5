//! [`DriverStore`] on SQLite.

use async_trait::async_trait;
use rusqlite::Row;
use tropa_dispatch::{
    domain::{Driver, DriverId, GeoPoint, Position},
    port::{DriverStore, StoreError},
};

use super::{
    SqliteStore,
    batch::all,
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
                let position = driver.position.as_ref();
                let params = (
                    driver.id.as_str(),
                    &driver.name,
                    driver.status.as_str(),
                    position.map(|p| p.point.lat()),
                    position.map(|p| p.point.lng()),
                    position.and_then(|p| p.heading),
                    position.map(|p| micros(p.at)),
                );
                batch.execute(statement::SAVE_DRIVER, params)?;
            }
            Ok(())
        })
        .await
    }

    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError> {
        self.write(Durability::Relaxed, move |batch| {
            for (driver, Position { point, heading, at }) in &positions {
                let params = (driver.as_str(), point.lat(), point.lng(), heading, micros(*at));
                batch.execute(statement::SAVE_POSITION, params)?;
            }
            Ok(())
        })
        .await
    }

    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError> {
        let delete = move |batch: &mut super::Batch<'_>| {
            Ok(batch.execute(statement::DELETE_DRIVER, [driver.as_str()])? > 0)
        };
        self.write(Durability::Full, delete).await
    }

    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError> {
        self.read(move |connection| {
            let after = after.as_ref().map_or("", |driver| driver.as_str());
            all(connection, statement::LOAD_DRIVERS, (after, limit), driver)
        })
        .await
    }
}

fn driver(row: &Row<'_>) -> Result<Driver, Failure> {
    let (lat, lng, at): (Option<f64>, Option<f64>, Option<i64>) = (row.get(3)?, row.get(4)?, row.get(6)?);
    let position = match (lat, lng, at) {
        (Some(lat), Some(lng), Some(at)) => {
            let point =
                GeoPoint::new(lat, lng).map_err(|e| Failure::Fault(format!("stored position: {e}")))?;
            Some(Position { point, heading: row.get(5)?, at: time(at)? })
        }
        _ => None,
    };
    Ok(Driver { id: parsed(row, 0)?, name: row.get(1)?, status: parsed(row, 2)?, position, order_id: None })
}
