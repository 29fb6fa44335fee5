//! One connection to the broker, which can be ended whatever state it is in.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::tcp::AMQPUriTcpExt;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{AsyncTcpStream, Connection, ConnectionProperties, runtime};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::address::Address;

/// TCP, TLS and the AMQP handshake together.
const CONNECT: Duration = Duration::from_secs(5);

/// A goodbye the broker does not answer by then is left out.
const GOODBYE: Duration = Duration::from_secs(2);

/// A connection. Dropping it cuts it: to say goodbye first, [`close`](Link::close) it.
///
/// lapin's own recovery stays off: it replays a topology we declare anyway, gives up for good after 16 tries, and hides
/// from the publisher what became of the messages in flight. Whoever holds a link makes a new one.
pub(super) struct Link {
    connection: Connection,
    socket: Socket,
}

/// A second handle on the connection's socket. lapin reads and writes on a thread of its own, which waits for the peer: a
/// broker that is stopped would keep thread and socket for ever, one more at each try. Shutting the socket ends both.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<Handle>>);

#[derive(Default)]
enum Handle {
    #[default]
    None,
    Open(std::net::TcpStream),
    /// What is connected from now on comes too late.
    Shut,
}

impl Socket {
    fn set(&self, socket: &impl AsFd) -> std::io::Result<()> {
        let copy = std::net::TcpStream::from(socket.as_fd().try_clone_to_owned()?);
        let mut handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*handle, Handle::Shut) {
            return copy.shutdown(Shutdown::Both);
        }
        *handle = Handle::Open(copy);
        Ok(())
    }

    fn shut(&self) {
        let mut handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Handle::Open(socket) = std::mem::replace(&mut *handle, Handle::Shut) {
            // Fails when the peer has shut it: that is what we want.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// Shuts the socket of a handshake that was given up.
struct Handshake(Option<Socket>);

impl Drop for Handshake {
    fn drop(&mut self) {
        if let Some(socket) = self.0.take() {
            socket.shut();
        }
    }
}

impl Link {
    /// Connects, within a few seconds. `name` is what the broker's operators see.
    pub async fn connect(address: &Address, name: &str) -> Result<Self, String> {
        let socket = Socket::default();
        let handshake = Handshake(Some(socket.clone()));
        let connecting = dial(address.clone(), name, socket);
        match timeout(CONNECT, connecting).await {
            Ok(Ok(connection)) => Ok(Self { connection, socket: handshake.keep() }),
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err(format!("no answer within {CONNECT:?}")),
        }
    }

    /// Whether it can be used, as far as anybody knows.
    pub fn is_up(&self) -> bool {
        self.connection.status().connected()
    }

    /// Says goodbye: the broker requeues what was unsettled at once, not after its heartbeat.
    pub async fn close(&self) {
        let _ = timeout(GOODBYE, self.connection.close(200, "goodbye".into())).await;
    }
}

impl Deref for Link {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.shut();
    }
}

impl Handshake {
    fn keep(mut self) -> Socket {
        self.0.take().unwrap_or_default()
    }
}

async fn dial(address: Address, name: &str, socket: Socket) -> lapin::Result<Connection> {
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let tls = address.tls;
    // lapin's thread waits for what this closure does, even when whoever called `connect` is gone: so it is bounded, too.
    Connection::connector(
        address.uri,
        runtime::default_runtime()?,
        async move |uri, runtime| {
            // TLS comes after the socket is known, so that a handshake that hangs can be cut as well.
            let plain = AMQPUri { scheme: AMQPScheme::AMQP, ..uri.clone() };
            let connecting = async {
                let stream = plain.connect_with_config_async(tls.as_ref(), &runtime).await?;
                if let AsyncTcpStream::Plain(stream) = &stream {
                    let stream: &TcpStream = stream.get_ref();
                    stream.set_nodelay(true)?;
                    socket.set(stream)?;
                }
                match uri.scheme {
                    AMQPScheme::AMQP => Ok(stream),
                    AMQPScheme::AMQPS => stream.into_tls(&uri.authority.host, tls.as_ref()).await,
                }
            };
            let connected = timeout(CONNECT, connecting).await;
            connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into())).map_err(lapin::Error::from)
        },
        properties,
    )
    .await
}

/// An error with the ones below it, which say what really happened.
pub(super) fn reason(error: &lapin::Error) -> String {
    let mut text = error.to_string();
    let mut below = std::error::Error::source(error);
    while let Some(error) = below {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        below = error.source();
    }
    text
}
