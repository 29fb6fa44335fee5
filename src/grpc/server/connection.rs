//! One connection, and who is at the other end. What is watched here is HTTP/2 itself, whatever it comes through.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::KEEP_ALIVE;
use super::frames::Frames;
use crate::peers::{Guarded, Peer, Watch, Watched, Work};

/// What begins every HTTP/2 connection has this many bytes (RFC 9113, 3.4).
const GREETING: usize = 24;

/// Pings are answered within two of these.
const SILENCE: Duration = KEEP_ALIVE.saturating_mul(3);

/// What HTTP/2 is spoken over.
pub(super) trait Carrier: AsyncRead + AsyncWrite + Send + Unpin {
    /// The connection below.
    fn guarded(&self) -> &Guarded;

    /// Whether its peer has shown a certificate that was found good.
    fn is_certified(&self) -> bool;
}

impl Carrier for Guarded {
    fn guarded(&self) -> &Guarded {
        self
    }

    fn is_certified(&self) -> bool {
        false
    }
}

impl Carrier for TlsStream<Guarded> {
    fn guarded(&self) -> &Guarded {
        self.get_ref().0
    }

    fn is_certified(&self) -> bool {
        self.get_ref().1.peer_certificates().is_some_and(|chain| !chain.is_empty())
    }
}

/// A connection. It fails when its peer is silent for too long, or makes nothing but noise, and its place is free when it is
/// dropped.
pub(super) type Connection = Watched<Box<dyn Carrier>, Ear>;

/// Hears what is said.
pub(super) struct Ear {
    patience: Pin<Box<Sleep>>,
    heard: usize,
    frames: Frames,
}

impl Connection {
    /// Whoever is there has to greet until then.
    pub fn new(carrier: Box<dyn Carrier>, greeting: Instant) -> Self {
        let patience = Box::pin(sleep_until(greeting));
        Self { stream: carrier, watch: Ear { patience, heard: 0, frames: Frames::default() } }
    }
}

impl Watch<Box<dyn Carrier>> for Ear {
    fn has_read(
        &mut self,
        carrier: &Box<dyn Carrier>,
        cx: &mut Context<'_>,
        read: Poll<io::Result<()>>,
        bytes: &[u8],
    ) -> Poll<io::Result<()>> {
        if read.is_pending() {
            return self.patience.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        self.heard = self.heard.saturating_add(bytes.len());
        // Until then one byte now and then buys no time.
        if self.heard >= GREETING {
            self.patience.as_mut().reset(Instant::now() + SILENCE);
        }
        if !self.frames.take(bytes, Instant::now()) {
            return Poll::Ready(Err(carrier.guarded().cut("excess")));
        }
        read
    }
}

impl Connected for Connection {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        let guarded = self.stream.guarded();
        Caller {
            tcp: guarded.socket().connect_info(),
            peer: guarded.peer().clone(),
            certified: self.stream.is_certified(),
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    tcp: TcpConnectInfo,
    peer: Arc<Peer>,
    certified: bool,
}

impl Caller {
    /// Whose call this is.
    pub fn of(extensions: &http::Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Something is worked on for whoever calls.
    pub fn work(extensions: &http::Extensions) -> Option<Work> {
        Self::of(extensions).map(|caller| caller.peer.begin(None))
    }

    pub fn is_on_this_machine(&self) -> bool {
        self.tcp.remote_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
    }

    /// TLS has seen their certificate, and who vouches for it.
    pub fn is_certified(&self) -> bool {
        self.certified
    }
}
