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
        let rounds = Places::rounds(seen);
        // PostgreSQL writes a row once a statement, so of several entries the last counts. In the order of ids: whoever else
        // saves drivers locks them in the same order.
        let wanted: BTreeMap<DriverId, Driver> =
            drivers.into_iter().map(|driver| (driver.id.clone(), driver)).collect();
        let (id, name): (Vec<_>, Vec<_>) =
            wanted.values().map(|driver| (driver.id.as_str(), driver.name.as_str())).unzip();
        let status: Vec<_> = wanted.values().map(|driver| driver.status.as_str()).collect();
        self.execute(statement::SAVE_DRIVERS, &[&id, &name, &status]).await?;
        for places in rounds {
            self.execute(statement::SAVE_POSITIONS, &places.params()).await?;
        }
        Ok(())
    }

    async fn save_positions(&self, positions: Vec<(DriverId, Position)>) -> Result<(), StoreError> {
        let rounds = Places::rounds(positions);
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let statement = connection.prepare_cached(statement::SAVE_POSITIONS).await?;
            for places in rounds {
                connection.execute(&statement, &places.params()).await?;
            }
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

/// The arrays of `save_positions.sql`, in the order of ids, of each driver one.
#[derive(Default)]
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
    /// The first words about drivers, then the second words, and so on. What they come to cannot be worked out without what
    /// is known: two words that are made one are not always heard as the two are. As a rule there is one of each driver.
    fn rounds(positions: impl IntoIterator<Item = (DriverId, Position)>) -> Vec<Self> {
        let mut rounds: Vec<BTreeMap<DriverId, Position>> = Vec::new();
        for (driver, position) in positions {
            match rounds.iter_mut().find(|round| !round.contains_key(&driver)) {
                Some(round) => drop(round.insert(driver, position)),
                None => rounds.push([(driver, position)].into()),
            }
        }
        rounds.into_iter().map(Self::of).collect()
    }

    fn of(round: BTreeMap<DriverId, Position>) -> Self {
        let mut places = Self { slack: CLOCK_SLACK.as_secs_f64(), ..Self::default() };
        for (driver, Position { point, heading, at, heard_at }) in round {
            places.id.push(driver.into());
            places.lat.push(point.lat());
            places.lng.push(point.lng());
            places.heading.push(heading);
            places.at.push(at);
            places.heard_at.push(heard_at);
        }
        places
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
