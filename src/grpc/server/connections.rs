//! Who may be connected: so many at once, and nobody who has nothing to say.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo, TcpIncoming};

use super::KEEP_ALIVE;

/// What begins every HTTP/2 connection has this many bytes (RFC 9113, 3.4). What begins TLS has more.
const GREETING: usize = 24;

/// Pings are answered within two of these. Before there are any, between TLS and HTTP/2, nobody else looks.
const SILENCE: Duration = KEEP_ALIVE.saturating_mul(3);

/// Limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At once. Who comes then is accepted when another one has left.
    pub connections: usize,
    /// A peer must have begun to speak its protocol within this time, and, with TLS, be through the handshake.
    pub greeting: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 10_000, greeting: Duration::from_secs(10) }
    }
}

/// A connection. It fails when its peer is silent for too long, and its place is free when it is dropped.
pub(super) struct Connection {
    socket: TcpStream,
    patience: Pin<Box<Sleep>>,
    heard: usize,
    _place: OwnedSemaphorePermit,
}

/// Accepts a connection whenever there is a place for it.
pub(super) fn accepted(
    incoming: TcpIncoming,
    limits: Limits,
) -> impl Stream<Item = io::Result<Connection>> + Send {
    let places = Arc::new(Semaphore::new(limits.connections));
    stream::unfold((incoming, places), move |(mut incoming, places)| async move {
        let place = places.clone().acquire_owned().await.ok()?;
        let socket = incoming.next().await?;
        let connection = socket.map(|socket| Connection {
            socket,
            patience: Box::pin(sleep(limits.greeting)),
            heard: 0,
            _place: place,
        });
        Some((connection, (incoming, places)))
    })
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.socket).poll_read(cx, buffer);
        if read.is_ready() {
            this.heard = this.heard.saturating_add(buffer.filled().len() - before);
            // Until then one byte now and then buys no time.
            if this.heard >= GREETING {
                this.patience.as_mut().reset(Instant::now() + SILENCE);
            }
            return read;
        }
        this.patience.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.socket.connect_info()
    }
}
