//! One connection, and how the pool gets and judges it.

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisError, RedisResult, Value, cmd};
use bb8_redis::bb8::ManageConnection;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::address::Address;
use super::outage::Outage;

/// What a server says that answers and cannot work: a replica that was the master until a while ago, one that reads its
/// dump, one without its disk, its master or its replicas. It may stay so, while the name leads to another by now: such an
/// answer is the end of a connection, as much as a reset is.
const UNFIT: [&str; 7] =
    ["READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "MISCONF", "MOVED"];

/// Writes, and leaves nothing: what a server is asked before anything is asked of it.
const WRITE: &str = "redis.call('SET', KEYS[1], '', 'PX', 1000); return redis.call('DEL', KEYS[1])";

/// Why the server that answered this cannot be worked with.
pub(super) fn unfit(reply: &Value) -> Option<String> {
    let Value::ServerError(error) = reply else { return None };
    UNFIT.contains(&error.code()).then(|| error.to_string())
}

/// Which connections are of use: those that were dialled since one of them was found to lead to a server that cannot work.
#[derive(Default)]
pub(super) struct Era(AtomicU64);

impl Era {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Ends it, if it is still the one that the connection is of: what comes late of an earlier one says nothing of this.
    fn end(&self, of: u64) {
        let _ = self.0.compare_exchange(of, of + 1, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// A connection that knows when it is of no more use. Clones share it, and what they send at once goes out together.
#[derive(Clone)]
pub(super) struct Connection {
    inner: MultiplexedConnection,
    carrier: Arc<Carrier>,
    era: Arc<Era>,
    /// When it was dialled.
    dialled: u64,
}

/// Moves the bytes. Ends as soon as the server hangs up, so a look at it is a look at the connection.
struct Carrier {
    task: JoinHandle<()>,
    /// A reply is late. Whoever asks next would queue behind it.
    stuck: AtomicBool,
}

impl Connection {
    /// Sends a command and waits for its reply; the caller sets the limit, and says [`give_up`](Self::give_up) then.
    pub async fn ask(&self, command: &Cmd) -> RedisResult<Value> {
        let reply = self.inner.clone().send_packed_command(command).await;
        // Errors of the server are replies too.
        if reply.as_ref().is_err_and(|error| error.is_unrecoverable_error() || error.is_timeout()) {
            self.give_up();
        }
        reply
    }

    /// Nobody is to ask on this one again. Whoever has asked may still get a reply.
    pub fn give_up(&self) {
        self.carrier.stuck.store(true, Ordering::Relaxed);
    }

    /// Nor on any other that was dialled before: they lead to the same server.
    pub fn give_up_all(&self) {
        self.era.end(self.dialled);
    }

    fn is_broken(&self) -> bool {
        self.dialled != self.era.now()
            || self.carrier.stuck.load(Ordering::Relaxed)
            || self.carrier.task.is_finished()
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Makes connections for the pool.
pub(super) struct Connector {
    pub address: Address,
    pub timeout: Duration,
    pub outage: Arc<Outage>,
    /// A key of ours that holds nothing.
    pub probe: String,
    pub era: Arc<Era>,
}

impl Connector {
    async fn dial(&self) -> RedisResult<Connection> {
        let Address { host, port, login, tls } = &self.address;
        let dialled = self.era.now();
        let socket = TcpStream::connect((host.as_str(), *port)).await?;
        socket.set_nodelay(true)?;
        // The limit stands around every call; a second one inside would only race with it.
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let (inner, task) = match tls {
            None => {
                let (inner, carrier) = MultiplexedConnection::new_with_config(login, socket, config).await?;
                (inner, tokio::spawn(carrier))
            }
            Some((connector, name)) => {
                let socket = connector.connect(name.clone(), socket).await?;
                let (inner, carrier) = MultiplexedConnection::new_with_config(login, socket, config).await?;
                (inner, tokio::spawn(carrier))
            }
        };
        let carrier = Arc::new(Carrier { task, stuck: AtomicBool::new(false) });
        let connection = Connection { inner, carrier, era: self.era.clone(), dialled };
        connection.ask(cmd("EVAL").arg(WRITE).arg(1).arg(&self.probe)).await?.extract_error()?;
        Ok(connection)
    }
}

impl ManageConnection for Connector {
    type Connection = Connection;
    type Error = RedisError;

    async fn connect(&self) -> Result<Connection, RedisError> {
        let dialled = timeout(self.timeout, self.dial()).await;
        let dialled = dialled.unwrap_or_else(|_| Err((ErrorKind::Io, "connecting took too long").into()));
        // The pool would let its callers wait for a connection that nobody makes.
        if let Err(error) = &dialled {
            self.outage.begins(&error.to_string(), Instant::now());
        }
        dialled
    }

    /// Without a round trip: the carrier has noticed by itself.
    async fn is_valid(&self, connection: &mut Connection) -> Result<(), RedisError> {
        if connection.is_broken() {
            return Err((ErrorKind::Io, "the server hung up").into());
        }
        Ok(())
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_late_does_not_end_the_new_era() {
        let era = Era::default();
        let old = era.now();
        era.end(old);
        let new = era.now();
        assert_ne!(old, new);
        era.end(old);
        assert_eq!(era.now(), new, "a reply on a connection from before");
    }
}
