//! The servers of distributed mode. Standalone mode knows the names too, so that one environment serves both.

mod database;
mod rabbitmq;
mod redis;

use std::path::PathBuf;

pub use self::{database::DatabaseConfig, rabbitmq::RabbitConfig, redis::RedisConfig};
use super::{
    Mode, Secret,
    form::{Form, path, url, whole},
    sources::{Setting, Sources, setting},
};

/// Where PostgreSQL, RabbitMQ and Redis are, and how they are used.
#[derive(Clone, Debug)]
pub struct ServersConfig {
    /// PostgreSQL.
    pub database: DatabaseConfig,
    /// RabbitMQ.
    pub broker: RabbitConfig,
    /// Redis.
    pub redis: RedisConfig,
    /// A PEM file of authorities to trust besides the system's: for the three, and for the fleet service.
    pub ca: Option<PathBuf>,
}

impl ServersConfig {
    pub(super) fn read(from: &mut Sources, mode: Mode) -> Self {
        let database = DatabaseConfig::read(from);
        let broker = RabbitConfig::read(from);
        let redis = RedisConfig::read(from);
        let ca = setting(
            "tls.ca",
            "TROPA_TLS_CA",
            "PEM file of authorities to trust besides the system's: PostgreSQL, RabbitMQ, Redis and the fleet service",
        );
        let ca = from.find(ca, path());
        if mode == Mode::Distributed {
            let needed = [
                (database.url.is_none(), database::URL, "DB_HOST"),
                (broker.url.is_none(), rabbitmq::URL, "RABBITMQ_HOST"),
                (redis.url.is_none(), redis::URL, "REDIS_HOST"),
            ];
            for (_, url, host) in needed.into_iter().filter(|(missing, ..)| *missing) {
                from.missing(url, format!("must be set in distributed mode; or its parts, from {host} on"));
            }
        }
        Self { database, broker, redis, ca }
    }
}

/// A URL may hold a password, so it is a secret as a whole.
fn server_url(from: &mut Sources, setting: Setting, schemes: &'static [&'static str]) -> Option<Secret> {
    let url = url(schemes);
    // Its value is not shown, so that who is refused must guess: this is it, most of the time.
    let allowed =
        format!("{}; what is special in a password (@ / # % :) as %40 %2F %23 %25 %3A", url.allowed);
    from.secret(setting, &Form { allowed, ..url })
}

fn host() -> Form<String> {
    let parse = |text: &str| {
        let authority: ::http::uri::Authority = text.parse().ok()?;
        (authority.host() == text).then(|| text.to_owned())
    };
    Form::new("a host name or an IP address", parse, Clone::clone)
}

fn server_port() -> Form<u16> {
    whole(1..=u16::MAX)
}

fn login(user: &str, password: Option<Secret>) -> String {
    let password = password.map_or_else(String::new, |secret| format!(":{}", escape(secret.expose())));
    format!("{}{password}@", escape(user))
}

/// Percent-encodes what may not stand in a part of a URL.
fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
