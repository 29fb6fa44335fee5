//! A look at each server from here, for `tropa doctor`: what a start would meet.

use std::sync::Arc;

use tokio::join;
use tropa_dispatch::port::SystemClock;

use super::{distributed, fleet};
use crate::config::Config;
use crate::postgres::PostgresStore;
use crate::rabbitmq::RabbitBroker;
use crate::redis;

/// More than a clock may be off that somebody keeps.
const SKEW: time::Duration = time::Duration::seconds(5);

/// What was seen of one server.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Which server.
    pub server: &'static str,
    /// How it stands, or why it cannot be used.
    pub outcome: Result<String, String>,
    /// What is odd, although it can be used.
    pub concerns: Vec<String>,
}

impl Sight {
    fn of<T>(
        server: &'static str,
        seen: Result<T, String>,
        tell: impl FnOnce(T) -> (String, Vec<String>),
    ) -> Self {
        match seen.map(tell) {
            Ok((told, concerns)) => Self { server, outcome: Ok(told), concerns },
            Err(why) => Self { server, outcome: Err(why), concerns: Vec::new() },
        }
    }
}

/// Looks at PostgreSQL, RabbitMQ, Redis and the fleet services that are named, all at once; within ten seconds or so.
pub async fn servers(config: &Config) -> Vec<Sight> {
    let (database, broker, cache, services) =
        join!(database(config), broker(config), cache(config), services(config));
    [database, broker, cache].into_iter().chain(services).collect()
}

async fn database(config: &Config) -> Sight {
    let look = async {
        let options =
            distributed::store_options(config, Arc::new(SystemClock)).map_err(|error| error.to_string())?;
        PostgresStore::examine(&options).await
    };
    Sight::of("postgresql", look.await, |seen| {
        let (schema, known) = (seen.schema, PostgresStore::schema_version());
        let mut concerns = Vec::new();
        if seen.standby {
            concerns.push("it is a standby, which takes no writes".to_owned());
        }
        if schema > known {
            concerns.push(format!("its schema is at version {schema}, this program knows up to {known}"));
        }
        if seen.skew.abs() > SKEW {
            let seconds = seen.skew.as_seconds_f64();
            concerns
                .push(format!("this machine's clock is {seconds:+.0} s from the server's, by which all go"));
        }
        let schema = if schema < known {
            format!("schema version {schema}, serve brings it to {known}")
        } else {
            format!("schema version {schema}")
        };
        (format!("version {}, {}, {schema}", seen.version, privacy(seen.encrypted)), concerns)
    })
}

async fn broker(config: &Config) -> Sight {
    let look = async {
        let options = distributed::broker_options(config).map_err(|error| error.to_string())?;
        RabbitBroker::examine(options).await
    };
    Sight::of("rabbitmq", look.await, |seen| {
        let queues = match seen.waiting {
            Some(waiting) => format!("{waiting} messages wait for a worker"),
            None => "its queues are not there yet: serve declares them".to_owned(),
        };
        let told = format!("vhost {} as {}, {}, {queues}", seen.vhost, seen.user, privacy(seen.encrypted));
        let alarm = seen.blocked.then(|| "it takes no messages now: a memory or disk alarm".to_owned());
        (told, alarm.into_iter().collect())
    })
}

async fn cache(config: &Config) -> Sight {
    let look = async {
        let options = distributed::redis_options(config).map_err(|error| error.to_string())?;
        redis::examine(options).await
    };
    Sight::of("redis", look.await, |seen| {
        let told = format!("version {}, {}", seen.version, privacy(seen.encrypted));
        let evicts = (seen.policy != "noeviction").then(|| {
            format!("maxmemory-policy is {}: it may drop drivers; set it to noeviction", seen.policy)
        });
        (told, evicts.into_iter().collect())
    })
}

async fn services(config: &Config) -> Vec<Sight> {
    let looks = match fleet::remote(config) {
        None => return Vec::new(),
        Some(Err(error)) => vec![("fleet".to_owned(), Err(error.to_string()))],
        Some(Ok(client)) => client.examine().await,
    };
    let sight = |(endpoint, seen): (String, Result<(), String>)| {
        let seen = seen.map_err(|why| format!("{endpoint}: {why}"));
        Sight::of("fleet service", seen, |()| (format!("{endpoint} serves"), Vec::new()))
    };
    looks.into_iter().map(sight).collect()
}

fn privacy(encrypted: bool) -> &'static str {
    if encrypted { "encrypted" } else { "not encrypted" }
}
