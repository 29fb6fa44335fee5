//! [`DriverStore`] on PostgreSQL.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tropa_contract::{
    domain::{CLOCK_SLACK, Driver, DriverId, GeoPoint, OrderId, Position},
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
        let seen = drivers.iter().filter_map(|driver| Some((driver.id.clone(), driver.position?)));
        let places = Places::of(seen);
        // PostgreSQL writes a row once a statement, so of several entries the last counts. In the order of ids: whoever else
        // saves drivers locks them in the same order.
        let wanted: BTreeMap<DriverId, Driver> =
            drivers.into_iter().map(|driver| (driver.id.clone(), driver)).collect();
        let (id, name): (Vec<_>, Vec<_>) =
            wanted.values().map(|driver| (driver.id.as_str(), driver.name.as_str())).unzip();
        let status: Vec<_> = wanted.values().map(|driver| driver.status.as_str()).collect();
        self.execute(statement::SAVE_DRIVERS, &[&id, &name, &status]).await?;
        if !places.id.is_empty() {
            self.execute(statement::SAVE_POSITIONS, &places.params()).await?;
        }
        Ok(())
    }

    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError> {
        let places = Places::of(positions);
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::SAVE_POSITIONS).await?;
            connection.execute(&statement, &places.params()).await?;
            Ok(())
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }

    async fn delete(&self, driver: DriverId) -> Result<bool, StoreError> {
        Ok(self.execute(statement::DELETE_DRIVER, &[&driver.as_str()]).await? > 0)
    }

    async fn silent(
        &self,
        orders: Vec<OrderId>,
        max_age: Duration,
    ) -> Result<Vec<(OrderId, OffsetDateTime)>, StoreError> {
        let ids: Vec<_> = orders.iter().map(OrderId::as_str).collect();
        let rows = self.rows(statement::SILENT_ORDERS, &[&ids, &max_age.as_secs_f64()]).await?;
        let since = |row: &Row| Ok::<_, Failure>((parsed(row, 0)?, time_at(row, 1)?));
        Ok(rows.iter().map(since).collect::<Result<_, _>>()?)
    }

    async fn silent_orders(&self, max_age: Duration) -> Result<u64, StoreError> {
        let rows = self.browse(statement::COUNT_SILENT_ORDERS, &[&max_age.as_secs_f64()]).await?;
        let count = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose().map_err(Failure::from)?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    async fn load(&self, after: Option<DriverId>, limit: u32) -> Result<Vec<Driver>, StoreError> {
        let after = after.as_ref().map_or("", DriverId::as_str);
        let rows = self.rows(statement::LOAD_DRIVERS, &[&after, &i64::from(limit)]).await?;
        Ok(rows.iter().map(driver).collect::<Result<_, _>>()?)
    }
}

/// The arrays of positions, in the order of ids; of several of a driver what is known in the end.
struct Places {
    id: Vec<String>,
    lat: Vec<f64>,
    lng: Vec<f64>,
    heading: Vec<Option<f64>>,
    at: Vec<OffsetDateTime>,
    heard_at: Vec<OffsetDateTime>,
    slack: f64,
}

impl Places {
    fn of(positions: impl IntoIterator<Item = (DriverId, Position)>) -> Self {
        let mut standing: BTreeMap<DriverId, Position> = BTreeMap::new();
        for (driver, position) in positions {
            let known = standing.entry(driver).or_insert(position);
            *known = known.hearing(position);
        }
        let all = standing.values();
        Self {
            lat: all.clone().map(|position| position.point.lat()).collect(),
            lng: all.clone().map(|position| position.point.lng()).collect(),
            heading: all.clone().map(|position| position.heading).collect(),
            at: all.clone().map(|position| position.at).collect(),
            heard_at: all.map(|position| position.heard_at).collect(),
            id: standing.into_keys().map(Into::into).collect(),
            slack: CLOCK_SLACK.as_secs_f64(),
        }
    }

    fn params(&self) -> [Param<'_>; 7] {
        [&self.id, &self.lat, &self.lng, &self.heading, &self.at, &self.heard_at, &self.slack]
    }
}

fn driver(row: &Row) -> Result<Driver, Failure> {
    let (lat, lng) = (row.try_get(3)?, row.try_get(4)?);
    let position = match (lat, lng, row.try_get::<_, Option<OffsetDateTime>>(6)?) {
        (Some(lat), Some(lng), Some(_)) => {
            let point =
                GeoPoint::new(lat, lng).map_err(|e| Failure::Fault(format!("stored position: {e}")))?;
            Some(Position {
                point,
                heading: row.try_get(5)?,
                at: time_at(row, 6)?,
                heard_at: time_at(row, 7)?,
            })
        }
        _ => None,
    };
    Ok(Driver {
        id: parsed(row, 0)?,
        name: row.try_get(1)?,
        status: parsed(row, 2)?,
        position,
        order_id: None,
        silent: false,
    })
}
