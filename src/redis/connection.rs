//! One connection, and how the pool gets and judges it.

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisError, RedisResult, Value};
use bb8_redis::bb8::ManageConnection;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::address::Address;
use super::outage::Outage;

/// A connection that knows when it is of no more use. Clones share it, and what they send at once goes out together.
#[derive(Clone)]
pub(super) struct Connection {
    inner: MultiplexedConnection,
    carrier: Arc<Carrier>,
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

    fn is_broken(&self) -> bool {
        self.carrier.stuck.load(Ordering::Relaxed) || self.carrier.task.is_finished()
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
}

impl Connector {
    async fn dial(&self) -> RedisResult<Connection> {
        let Address { host, port, login, tls } = &self.address;
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
        Ok(Connection { inner, carrier: Arc::new(Carrier { task, stuck: AtomicBool::new(false) }) })
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
