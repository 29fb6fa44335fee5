//! Who may be connected: so many at once and of one address, nobody who has nothing to say, and nobody who only makes noise.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo, TcpIncoming, TlsConnectInfo};

use super::KEEP_ALIVE;
use super::frames::Frames;
use crate::peers::{self, Apart, Guarded, Pace, Peer, Places, Work};

/// What begins every HTTP/2 connection has this many bytes (RFC 9113, 3.4). What begins TLS has more.
const GREETING: usize = 24;

/// Pings are answered within two of these. Before there are any, between TLS and HTTP/2, nobody else looks.
const SILENCE: Duration = KEEP_ALIVE.saturating_mul(3);

/// Limits of connections, and of what goes over them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// At once. Who comes then finds an idle one ended for them, or is refused.
    pub connections: peers::Limits,
    /// A peer must have begun to speak its protocol within this time, and, with TLS, be through the handshake.
    pub greeting: Duration,
    /// What is sent must move within this time.
    pub write: Duration,
    /// Streams of positions at once.
    pub position_streams: usize,
    /// A stream of positions on which nothing comes for this long is ended.
    pub position_silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let apart = Apart { loopback: true, proxies: Vec::new() };
        Self {
            connections: peers::Limits { connections: 10_000, per_address: 1_000, apart },
            greeting: Duration::from_secs(10),
            write: Duration::from_secs(15),
            position_streams: 1_024,
            // As long as a driver may be silent.
            position_silence: Duration::from_mins(1),
        }
    }
}

/// A connection. It fails when its peer is silent for too long, or makes nothing but noise, and its place is free when it is
/// dropped.
pub(super) struct Connection {
    stream: Guarded,
    patience: Pin<Box<Sleep>>,
    heard: usize,
    /// Not through TLS, which hides them.
    frames: Option<Frames>,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    tcp: TcpConnectInfo,
    peer: Arc<Peer>,
}

impl Caller {
    /// Whose call this is, and whether TLS has seen their certificate.
    pub fn of(extensions: &http::Extensions) -> Option<(&Self, bool)> {
        // Through TLS both are there.
        let tls = extensions.get::<TlsConnectInfo<Self>>();
        let certified = tls.and_then(TlsConnectInfo::peer_certs).is_some_and(|chain| !chain.is_empty());
        extensions.get::<Self>().map(|caller| (caller, certified))
    }

    /// Something is worked on for whoever calls.
    pub fn work(extensions: &http::Extensions) -> Option<Work> {
        Self::of(extensions).map(|(caller, _)| caller.peer.begin(None))
    }

    pub fn is_on_this_machine(&self) -> bool {
        self.tcp.remote_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
    }
}

/// Accepts connections, and drops those that find no place. They have to greet and to take what is sent within these times.
pub(super) fn accepted(
    incoming: TcpIncoming,
    places: Places,
    (greeting, write): (Duration, Duration),
    encrypted: bool,
) -> impl Stream<Item = io::Result<Connection>> + Send {
    let connect = move |socket: TcpStream| {
        let place = places.take(socket.peer_addr()?.ip()).map_err(io::Error::other)?;
        Ok::<_, io::Error>(Connection {
            stream: Guarded::new(socket, place, Pace { write, by_request: false }),
            patience: Box::pin(sleep(greeting)),
            heard: 0,
            frames: (!encrypted).then(Frames::default),
        })
    };
    stream::unfold((incoming, connect), |(mut incoming, connect)| async move {
        loop {
            match incoming.next().await? {
                Err(error) => return Some((Err(error), (incoming, connect))),
                Ok(socket) => {
                    // Whoever finds no place, or is gone already, is no reason to stop.
                    let Ok(connection) = connect(socket) else { continue };
                    return Some((Ok(connection), (incoming, connect)));
                }
            }
        }
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
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if read.is_ready() {
            let new = &buffer.filled()[before..];
            this.heard = this.heard.saturating_add(new.len());
            // Until then one byte now and then buys no time.
            if this.heard >= GREETING {
                this.patience.as_mut().reset(Instant::now() + SILENCE);
            }
            if this.frames.as_mut().is_some_and(|frames| !frames.take(new, Instant::now())) {
                return Poll::Ready(Err(this.stream.cut("excess")));
            }
            return read;
        }
        this.patience.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Connected for Connection {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        Caller { tcp: self.stream.socket().connect_info(), peer: self.stream.peer().clone() }
    }
}
