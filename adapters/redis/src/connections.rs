//! The connections, as the adapters see them: a call goes out and is answered in time, or fails in time.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value};
use bb8_redis::bb8::{Pool, RunError};
use tokio::time::{Instant, timeout_at};

use super::Options;
use super::address::{Address, AddressError};
use super::connection::{Connection, Connector, Era, unfit};
use super::outage::Outage;
use super::script::Call;

/// How a call failed. Whether it took effect is unknown, but for `Away`: the scripts may be called again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Not sent: Redis is known to be away, or no connection can be made.
    #[error("redis is away: {0}")]
    Away(String),
    /// Not answered in time.
    #[error("redis did not answer within {0:?}")]
    TimedOut(Duration),
    /// Refused, lost on the way, or answered with something that makes no sense.
    #[error("redis: {0}")]
    Failed(#[from] RedisError),
}

/// A few connections to one Redis, made when they are needed and used in turn. Clones share them.
///
/// Calls do not wait for each other's replies: what is asked at the same time goes out in one write. One connection a call
/// cost a third more of the processor at saturation, Redis' and ours.
#[derive(Clone)]
pub struct Connections(Arc<Inner>);

/// The pool dials as soon as it is built, and needs a runtime for that: the first call has one.
type LazyPool = LazyLock<Pool<Connector>, Box<dyn FnOnce() -> Pool<Connector> + Send>>;

struct Inner {
    pool: LazyPool,
    outage: Arc<Outage>,
    prefix: String,
    timeout: Duration,
}

impl Connections {
    /// Connections that are made when they are used. Fails only for what no server can cure.
    pub fn open(options: Options) -> Result<Self, AddressError> {
        let Options { url, ca, prefix, pool, timeout } = options;
        let outage = Arc::new(Outage::new(timeout));
        let address = Address::new(&url, ca.as_deref())?;
        let (probe, era) = (key(&prefix, "probe"), Arc::new(Era::default()));
        let connector = Connector { address, timeout, outage: outage.clone(), probe, era };
        let pool = Pool::builder()
            .max_size(pool.max(1))
            .min_idle(pool.max(1))
            .test_on_check_out(true)
            .connection_timeout(timeout)
            .retry_connection(false)
            .max_lifetime(None)
            .idle_timeout(None);
        let pool: LazyPool = LazyLock::new(Box::new(|| pool.build_unchecked(connector)));
        Ok(Self(Arc::new(Inner { pool, outage, prefix, timeout })))
    }

    /// A key of ours. The prefix is its hash tag.
    pub fn key(&self, name: &str) -> String {
        key(&self.0.prefix, name)
    }

    /// Calls a script.
    pub async fn call<T: FromRedisValue>(&self, call: Call<'_>) -> Result<T, CallError> {
        let reply = match self.ask(&call.by_digest()).await {
            Err(CallError::Failed(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.ask(&call.in_full()).await?
            }
            reply => reply?,
        };
        T::from_redis_value(reply).map_err(|error| CallError::Failed(error.into()))
    }

    /// Sends one command and awaits its reply.
    pub async fn ask(&self, command: &Cmd) -> Result<Value, CallError> {
        let Inner { outage, timeout, .. } = &*self.0;
        let now = Instant::now();
        outage.admit(now).map_err(CallError::Away)?;
        let connection = self.connection().await?;
        let sent = Instant::now();
        // Errors of the server come as values: it answers, if not what one would like to hear. Some mean that it is the wrong one.
        let reply = match timeout_at(now + *timeout, connection.ask(command)).await {
            Ok(reply) => reply.map_err(CallError::Failed),
            Err(_) => Err(CallError::TimedOut(*timeout)),
        };
        match &reply {
            Ok(reply) => match unfit(reply) {
                None => outage.ends(Instant::now()),
                Some(why) => {
                    connection.give_up_all();
                    outage.begins(&why, Instant::now());
                }
            },
            Err(error @ CallError::TimedOut(_)) => {
                connection.give_up();
                outage.late(&error.to_string(), sent, Instant::now());
            }
            Err(error) => outage.begins(&error.to_string(), Instant::now()),
        }
        Ok(reply?.extract_error()?)
    }

    /// The next one, back in the pool already. Waiting for one to be made ends when Redis turns out to be away.
    async fn connection(&self) -> Result<Connection, CallError> {
        let Inner { pool, outage, timeout, .. } = &*self.0;
        tokio::select! {
            // Listening begins before the pool does, which dials as soon as it is touched: a connection may be refused before the
            // next line is reached. So that line must not touch it before it is polled.
            biased;
            why = outage.noticed() => Err(CallError::Away(why)),
            connection = async { pool.get().await } => connection.map(|connection| connection.clone()).map_err(|error| match error {
                RunError::User(error) => CallError::Away(error.to_string()),
                RunError::TimedOut => CallError::TimedOut(*timeout),
            }),
        }
    }
}

fn key(prefix: &str, name: &str) -> String {
    format!("{{{prefix}}}:{name}")
}
