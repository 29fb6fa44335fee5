//! A look at Redis, for whoever wants to know whether it can be used: it is asked to do what it will have to do.

use std::time::Duration;

use ::redis::{FromRedisValue, cmd};
use time::OffsetDateTime;
use tropa_contract::domain::{Driver, DriverStatus, GeoPoint, OrderId, Position};
use tropa_contract::port::{Assignment, ClaimRequest, DriverIndex, IndexError};

use super::{Connections, Options, RedisDriverIndex};

/// Patient: nobody waits for it but a person.
const LOOK: Duration = Duration::from_secs(5);
/// However far our clock is from the server's.
const FRESH: Duration = Duration::from_hours(24);

/// What was seen.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The server's.
    pub version: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// What it drops when its memory is full: `noeviction` is nothing.
    pub policy: String,
}

/// Connects, looks, and claims a driver in an index of its own, of which nothing stays. The error is for people.
pub async fn examine(options: Options) -> Result<Examined, String> {
    let encrypted = options.url.starts_with("rediss:");
    let options = Options { pool: 1, timeout: LOOK, ..options };
    let connections = Connections::open(options).map_err(|error| error.to_string())?;
    claim(connections.clone()).await?;
    let told = connections.ask(&cmd("INFO")).await.map_err(|error| error.to_string())?;
    let told = String::from_redis_value(told).map_err(|error| error.to_string())?;
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or("unknown").trim().to_owned()
    };
    Ok(Examined { version: value("redis_version"), encrypted, policy: value("maxmemory_policy") })
}

/// What dispatch does: enters a driver, claims them for an order, frees them. Under a key nobody else looks at.
async fn claim(connections: Connections) -> Result<(), String> {
    let place = GeoPoint::new(0.0, 0.0).map_err(|error| error.to_string())?;
    let index = RedisDriverIndex::under(connections, &format!("doctor-{:016x}", fastrand::u64(..)), FRESH);
    let order_id = OrderId::fresh();
    let driver = Driver {
        id: "doctor".parse().map_err(|error| format!("{error:?}"))?,
        name: "doctor".to_owned(),
        status: DriverStatus::Available,
        position: Some(Position::new(place, OffsetDateTime::now_utc())),
        order_id: None,
        silent: false,
    };
    let request = ClaimRequest {
        order_id: order_id.clone(),
        pickup: place,
        radius_m: 1_000.0,
        excluded: Vec::new(),
        driver: None,
        max_age: FRESH,
        lease: LOOK,
        wait: None,
    };
    let driver_id = driver.id.clone();
    let work = async {
        index.put(vec![driver]).await?;
        let claim = index.claim(request).await?;
        let claim = claim.ok_or_else(|| IndexError("a driver who is free is not found".to_owned()))?;
        index.release(&Assignment { driver_id: driver_id.clone(), order_id, token: claim.token }).await
    };
    let done = work.await;
    // In any case: nothing is to stay.
    let gone = index.remove(&driver_id).await;
    match (done, gone) {
        (Ok(true), Ok(true)) => Ok(()),
        (Err(error), _) | (_, Err(error)) => Err(error.0),
        _ => Err("a claimed driver is not freed".to_owned()),
    }
}
