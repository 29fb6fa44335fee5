//! What the scripts take and give.

use std::str::FromStr;
use std::time::Duration;

use ::redis::{FromRedisValue, ParsingError, RedisWrite, ToRedisArgs, Value};
use time::OffsetDateTime;
use tropa_contract::domain::{Driver, DriverId, GeoPoint, Position, Unassignable};
use tropa_contract::port::{Assignment, Claim, Wait};

use super::place::Place;

/// Microseconds, as the scripts count; below 2^52, because they count in doubles.
pub(super) fn microseconds(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX).min(1 << 52)
}

/// x, y, and the frame.
impl ToRedisArgs for Place {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        self.x.write_redis_args(out);
        self.y.write_redis_args(out);
        out.write_arg(if self.cap { b"cap" } else { b"" });
    }
}

/// A position as seven arguments: lat, lng, heading, at, and its place.
pub(super) struct Seen<'a>(pub &'a Position);

impl ToRedisArgs for Seen<'_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let Position { point, heading, at, heard_at: _ } = self.0;
        (point.lat(), point.lng()).write_redis_args(out);
        match heading {
            Some(degrees) => degrees.write_redis_args(out),
            None => out.write_arg(b""),
        }
        micros(*at).write_redis_args(out);
        Place::of(*point).write_redis_args(out);
    }
}

fn micros(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp_nanos() / 1_000) as i64
}

/// A driver as eleven arguments: the last one when the position was heard.
pub(super) struct Put<'a>(pub &'a Driver);

impl ToRedisArgs for Put<'_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let Driver { id, name, status, position, order_id: _, silent: _ } = self.0;
        (id.as_str(), name, status.as_str()).write_redis_args(out);
        match position {
            Some(position) => {
                Seen(position).write_redis_args(out);
                micros(position.heard_at).write_redis_args(out);
            }
            None => (0..8).for_each(|_| out.write_arg(b"")),
        }
    }
}

/// Since when an order waits and for how long, microseconds; both empty when it does not.
pub(super) struct Waits(pub Option<Wait>);

impl ToRedisArgs for Waits {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        match self.0 {
            Some(Wait { since, patience }) => {
                ((since.unix_timestamp_nanos() / 1_000) as i64, microseconds(patience)).write_redis_args(out);
            }
            None => (0..2).for_each(|_| out.write_arg(b"")),
        }
    }
}

/// Driver, order and token of a claim.
pub(super) struct Held<'a>(pub &'a Assignment);

impl ToRedisArgs for Held<'_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let Assignment { driver_id, order_id, token } = self.0;
        (driver_id.as_str(), order_id.as_str(), token.as_str()).write_redis_args(out);
    }
}

fn read<T: FromStr<Err: ToString>>(text: &str) -> Result<T, ParsingError> {
    text.parse().map_err(|error: T::Err| ParsingError::from(format!("{text:?}: {}", error.to_string())))
}

fn moment(micros: i64) -> Result<OffsetDateTime, ParsingError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_err(|e| ParsingError::from(e.to_string()))
}

/// A driver as `describe` gives them.
pub(super) struct Described(pub Driver);

impl FromRedisValue for Described {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        type Degrees = Option<f64>;
        type Micros = Option<i64>;
        type Text = Option<String>;
        type Fields = (String, String, String, Degrees, Degrees, Text, Micros, Micros, Text, bool);
        let (id, name, status, lat, lng, heading, at, heard, order, silent): Fields =
            FromRedisValue::from_redis_value(value)?;
        let position = match (lat, lng, at, heard) {
            (Some(lat), Some(lng), Some(at), Some(heard)) => Some(Position {
                point: GeoPoint::new(lat, lng).map_err(|e| ParsingError::from(e.to_string()))?,
                heading: heading.filter(|text| !text.is_empty()).map(|text| read(&text)).transpose()?,
                at: moment(at)?,
                heard_at: moment(heard)?,
            }),
            _ => None,
        };
        let order_id = order.map(|order| read(&order)).transpose()?;
        Ok(Self(Driver { id: read(&id)?, name, status: read(&status)?, position, order_id, silent }))
    }
}

/// A time, as `time` gives it.
pub(super) struct Moment(pub OffsetDateTime);

impl FromRedisValue for Moment {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        moment(FromRedisValue::from_redis_value(value)?).map(Self)
    }
}

/// The letter of whoever is unknown.
pub(super) const UNKNOWN: u8 = b'u';

/// Why one of this letter cannot be given orders.
pub(super) fn unassignable(letter: u8) -> Option<Unassignable> {
    match letter {
        b'o' => Some(Unassignable::Offline),
        b'h' => Some(Unassignable::HasOrder),
        b'n' => Some(Unassignable::NoPosition),
        b's' => Some(Unassignable::Silent),
        _ => None,
    }
}

/// A position that moved nobody: its place in the turn, and when the one is of that stands.
pub(super) struct Late {
    pub number: usize,
    pub stands: OffsetDateTime,
}

impl FromRedisValue for Late {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (number, stands) = FromRedisValue::from_redis_value(value)?;
        Ok(Self { number, stands: moment(stands)? })
    }
}

/// The answer to a claim.
pub(super) enum Claimed {
    /// This one.
    Somebody(Claim),
    /// Nobody is in reach.
    Nobody,
    /// Ask again: the silent are being cleared out of the way.
    NotYet,
}

impl FromRedisValue for Claimed {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match value {
            Value::Nil => Ok(Self::Nobody),
            Value::BulkString(_) => Ok(Self::NotYet),
            found => {
                let (driver, driver_name, distance_m, token): (String, _, _, String) =
                    FromRedisValue::from_redis_value(found)?;
                let (driver_id, token) = (read(&driver)?, read(&token)?);
                Ok(Self::Somebody(Claim { driver_id, driver_name, distance_m, token }))
            }
        }
    }
}

/// A claim as `expired`, `lasting` and `confirm` give it.
pub(super) struct Kept(pub Assignment);

impl FromRedisValue for Kept {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (driver, order, token): (String, String, String) = FromRedisValue::from_redis_value(value)?;
        Ok(Self(Assignment { driver_id: read(&driver)?, order_id: read(&order)?, token: read(&token)? }))
    }
}

/// A stretch of a list: where to go on, and who was found.
pub(super) struct Stretch {
    pub after: Option<DriverId>,
    pub drivers: Vec<Driver>,
}

impl FromRedisValue for Stretch {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (after, drivers): (String, Vec<Described>) = FromRedisValue::from_redis_value(value)?;
        let after = if after.is_empty() { None } else { Some(read(&after)?) };
        Ok(Self { after, drivers: drivers.into_iter().map(|described| described.0).collect() })
    }
}
