//! The ports, taken before anything else: what this process itself connects to must not be given one of them by the
//! system, which hands out 50051 and its like to whoever dials.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{Instant, sleep};

use crate::config::HttpConfig;

/// For a port that somebody else has: a connection that was given it by chance, or the process before, on its way out.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(100);

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// The range of ports that Linux gives to who dials and names none.
const CLIENT_PORTS: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// Ports that are listened on; connections wait until somebody serves them.
pub struct Listeners {
    pub http: std::net::TcpListener,
    pub metrics: std::net::TcpListener,
    pub grpc: TcpListener,
}

/// A port that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot listen at {address} ({variable}): {error}{hint}")]
pub struct Refused {
    what: &'static str,
    variable: &'static str,
    address: SocketAddr,
    error: io::Error,
    hint: Hint,
}

/// Takes the three ports, each as soon as it is free.
pub async fn listen(from: &HttpConfig) -> anyhow::Result<Listeners> {
    let at = |port| SocketAddr::new(from.bind, port);
    Ok(Listeners {
        http: port("HTTP", "WEB_SERVER_PORT", at(from.port)).await?.into_std()?,
        metrics: port("metrics", "METRICS_PORT", at(from.metrics_port)).await?.into_std()?,
        grpc: port("gRPC", "GRPC_PORT", at(from.grpc_port)).await?,
    })
}

async fn port(
    what: &'static str,
    variable: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, Refused> {
    let until = Instant::now() + PATIENCE;
    let mut told = false;
    loop {
        let error = match open(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => error,
        };
        let hint = Hint::of(&error, address.port());
        if error.kind() != ErrorKind::AddrInUse || Instant::now() >= until {
            return Err(Refused { what, variable, address, error, hint });
        }
        if !std::mem::replace(&mut told, true) {
            tracing::warn!(%address, "{what} cannot listen yet, the port is in use: trying for {} s", PATIENCE.as_secs());
        }
        sleep(AGAIN).await;
    }
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // What the process before has left in TIME_WAIT is in nobody's way.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What is worth knowing about a port that is in use.
#[derive(Debug)]
enum Hint {
    Nothing,
    /// It lies among those that are given to connections.
    Client(u16, u16),
}

impl Hint {
    fn of(error: &io::Error, port: u16) -> Self {
        let range = || {
            let text = std::fs::read_to_string(CLIENT_PORTS).ok()?;
            let mut bounds = text.split_whitespace().map_while(|bound| bound.parse().ok());
            Some((bounds.next()?, bounds.next()?))
        };
        match range() {
            Some((from, to)) if error.kind() == ErrorKind::AddrInUse && (from..=to).contains(&port) => {
                Self::Client(from, to)
            }
            _ => Self::Nothing,
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Client(from, to) => write!(
                f,
                "; the system gives ports {from} to {to} to outgoing connections, and may have given it away: choose \
                 another, or add it to net.ipv4.ip_local_reserved_ports"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn somewhere() -> (std::net::TcpListener, SocketAddr) {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = taken.local_addr().unwrap();
        (taken, address)
    }

    #[tokio::test(start_paused = true)]
    async fn a_port_that_becomes_free_is_taken() {
        let (taken, address) = somewhere();
        let frees = async {
            sleep(PATIENCE / 2).await;
            drop(taken);
        };
        let (listener, ()) = tokio::join!(port("gRPC", "GRPC_PORT", address), frees);
        assert_eq!(listener.unwrap().local_addr().unwrap(), address);
    }

    #[tokio::test(start_paused = true)]
    async fn a_port_that_does_not_become_free_is_named_with_its_variable() {
        let (_taken, address) = somewhere();
        let begun = Instant::now();
        let refused = port("gRPC", "GRPC_PORT", address).await.unwrap_err().to_string();
        assert!(begun.elapsed() >= PATIENCE);
        let expected = format!("gRPC cannot listen at {address} (GRPC_PORT): Address already in use");
        assert!(refused.starts_with(&expected), "{refused}");
        // The port that the system gave the test is one of those it gives to connections.
        assert!(refused.contains("outgoing connections"), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_of_another_machine_is_not_waited_for() {
        let begun = Instant::now();
        let elsewhere = SocketAddr::from(([192, 0, 2, 1], 50_051));
        let refused = port("gRPC", "GRPC_PORT", elsewhere).await.unwrap_err().to_string();
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert!(!refused.contains("outgoing"), "{refused}");
    }
}
