//! Who may be connected: so many at once and of one address, nobody who has nothing to say, and nobody who only makes noise.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::TcpIncoming;

use super::connection::Connection;
use crate::peers::{self, Apart, Guarded, Pace, Place, Places};

/// Limits of connections, and of what goes over them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// At once. Who comes then finds an idle one ended for them, or is refused.
    pub connections: peers::Limits,
    /// A peer must have begun to speak its protocol within this time; with TLS, be through the handshake and have begun.
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

/// Takes connections in.
struct Entrance {
    incoming: TcpIncoming,
    places: Places,
    greeting: Duration,
    write: Duration,
    tls: Option<TlsAcceptor>,
    /// Those in the middle of a handshake have a place already, and nobody waits for them.
    handshakes: JoinSet<Option<Connection>>,
}

/// Accepts connections, through TLS where there is any, and drops those that find no place or do not get that far.
pub(super) fn accepted(
    incoming: TcpIncoming,
    places: Places,
    limits: &Limits,
    tls: Option<TlsAcceptor>,
) -> impl Stream<Item = io::Result<Connection>> + Send + use<> {
    let (greeting, write) = (limits.greeting, limits.write);
    let entrance = Entrance { incoming, places, greeting, write, tls, handshakes: JoinSet::new() };
    stream::unfold(entrance, |mut entrance| async move { Some((entrance.next().await?, entrance)) })
}

impl Entrance {
    async fn next(&mut self) -> Option<io::Result<Connection>> {
        loop {
            let socket = tokio::select! {
                socket = self.incoming.next() => socket?,
                // Who broke off is no reason to stop.
                Some(shaken) = self.handshakes.join_next() => match shaken {
                    Ok(Some(connection)) => return Some(Ok(connection)),
                    Ok(None) | Err(_) => continue,
                },
            };
            match socket {
                Err(error) => return Some(Err(error)),
                // Whoever finds no place, or is gone already, is none either.
                Ok(socket) => {
                    let Ok(place) = self.place(&socket) else { continue };
                    let guarded = Guarded::new(socket, place, Pace { write: self.write, by_request: false });
                    let until = Instant::now() + self.greeting;
                    let Some(tls) = self.tls.clone() else {
                        return Some(Ok(Connection::new(Box::new(guarded), until)));
                    };
                    self.handshakes.spawn(shake(tls, guarded, until));
                }
            }
        }
    }

    fn place(&self, socket: &TcpStream) -> io::Result<Place> {
        let address: IpAddr = socket.peer_addr()?.ip();
        self.places.take(address).map_err(io::Error::other)
    }
}

/// TLS, until then; `None`: they are gone, speak something else, or took too long.
async fn shake(tls: TlsAcceptor, guarded: Guarded, until: Instant) -> Option<Connection> {
    let shaken = tokio::time::timeout_at(until, tls.accept(guarded)).await;
    match shaken {
        Ok(Ok(stream)) => Some(Connection::new(Box::new(stream), until)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}
