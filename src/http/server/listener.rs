//! One listener: its socket, the connections that have a place on it, and the threads that serve them.

use std::{
    future::{Ready, ready},
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use actix_http::{HttpService, Protocol, error::DispatchError};
use actix_server::ServerHandle;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
};
use prometheus::Registry;
use rustix::net::SendFlags;
use tokio::{net::TcpStream, sync::oneshot};

use super::{Socket, occupied::PIECE};
use crate::{
    http::options::Options,
    peers::{Count, Guarded, Limits, Pace, Places},
};

/// Connections that wait to be accepted. They are taken in at once; this is for a burst.
const BACKLOG: i32 = 2048;
/// Of the listener of metrics and probes: whoever watches, and a few people.
const METRICS_CONNECTIONS: usize = 64;
/// And so many of one address.
const METRICS_SHARE: usize = 16;
/// How long the other side may take to end a connection of which we have said that it ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// Said to who finds no place, before it is closed.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\n\
    content-type: text/plain\r\ncontent-length: 43\r\n\r\nno connection is free for this address now\n";

/// How a listener serves.
#[derive(Clone, Debug)]
pub struct Shape {
    limits: Limits,
    workers: usize,
    pace: Pace,
    head_timeout: Duration,
    keep_alive: Duration,
    /// Whole seconds.
    drain: u64,
}

impl Shape {
    /// The API's.
    pub fn of(options: &Options) -> Self {
        let limits = Limits {
            connections: options.limits.max_connections.max(1),
            per_address: options.limits.max_connections_per_address.max(1),
            apart: options.limits.apart.clone(),
        };
        Self {
            limits,
            workers: options.limits.workers.max(1),
            pace: Pace { write: options.limits.write_timeout, by_request: true },
            head_timeout: options.limits.head_timeout,
            keep_alive: options.limits.keep_alive,
            drain: options.drain_timeout.as_secs().max(1),
        }
    }

    /// That of metrics and probes.
    pub fn of_metrics(options: &Options) -> Self {
        let (connections, per_address) = (METRICS_CONNECTIONS, METRICS_SHARE);
        let limits = Limits { connections, per_address, apart: options.limits.apart.clone() };
        Self { limits, workers: 1, drain: 1, ..Self::of(options) }
    }
}

/// A socket that listens; nobody is accepted yet.
pub struct Bound {
    pub address: SocketAddr,
    socket: TcpListener,
}

impl Bound {
    pub fn of(socket: Socket) -> io::Result<Self> {
        let socket = match socket {
            Socket::At(address) => TcpListener::bind(address)?,
            Socket::Open(listener) => listener,
        };
        // It listens already, with the library's idea of how many may wait.
        rustix::net::listen(&socket, BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(Self { address: socket.local_addr()?, socket })
    }

    /// Serves `app` on workers of their own, from a thread of its own. Connections wait in the socket until they are up.
    pub fn run<F, I, S, B>(
        self,
        name: &'static str,
        shape: &Shape,
        registry: &Registry,
        app: F,
    ) -> io::Result<Listener>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, actix_http::Request>,
        S: ServiceFactory<
                actix_http::Request,
                Config = AppConfig,
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        S::Service: 'static,
        B: MessageBody + 'static,
    {
        let count = Count::new(name, Some(registry)).map_err(io::Error::other)?;
        let places = Places::new(shape.limits.clone(), count);
        let builder = actix_server::Server::build();
        let draining = builder.graceful_shutdown_signal();
        let (shape, workers, drain) = (shape.clone(), shape.workers, shape.drain);
        let server = builder
            .workers(workers)
            // Places are given out below, where it is known to whom.
            .max_concurrent_connections(usize::MAX >> 1)
            .shutdown_timeout(drain)
            .disable_signals()
            .listen(name, self.socket, move || {
                let (places, pace, draining) = (places.clone(), shape.pace, draining.clone());
                let http = HttpService::build()
                    .h1_write_buffer_size(PIECE)
                    .graceful_shutdown_signal(move || {
                        let draining = draining.clone();
                        async move { draining.notified().await }
                    })
                    .keep_alive(shape.keep_alive)
                    .client_request_timeout(shape.head_timeout)
                    .client_disconnect_timeout(FAREWELL)
                    .on_connect_ext(|io: &Guarded, data| {
                        data.insert(Arc::clone(io.peer()));
                    });
                let app = app().into_factory().map_err(|error: Error| error.error_response());
                fn_service(move |socket| accept(socket, &places, pace))
                    .and_then(http.finish(map_config(app, |()| AppConfig::default())))
            })?
            .run();
        Listener::run(name, server)
    }
}

/// What the protocol is spoken over.
type Accepted = (Guarded, Protocol, Option<SocketAddr>);

/// Gives it a place, or tells it that there is none.
fn accept(socket: TcpStream, places: &Places, how: Pace) -> Ready<Result<Accepted, DispatchError>> {
    let accepted = socket.peer_addr().and_then(|peer| match places.take(peer.ip()) {
        Ok(place) => {
            // Small answers must not wait for an acknowledgement.
            socket.set_nodelay(true)?;
            Ok((Guarded::new(socket, place, how), Protocol::Http1, Some(peer)))
        }
        Err(refused) => {
            // As much of it as can be said without waiting.
            let _ = rustix::net::send(&socket, NO_PLACE, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
            Err(io::Error::other(refused))
        }
    });
    ready(accepted.map_err(DispatchError::Io))
}

/// A listener and the thread that runs it.
#[derive(Debug)]
pub struct Listener {
    handle: ServerHandle,
    /// Taken by whoever saw the end.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Listener {
    fn run(name: &str, server: actix_server::Server) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = server.handle();
        let (done, ended) = oneshot::channel();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // When nobody waits for the result the process is on its way out.
            let _ = done.send(runtime.block_on(server));
        })?;
        Ok(Self { handle, ended: Some(ended) })
    }

    /// Waits until it ends by itself; `None` when that was seen already.
    pub async fn ended(&mut self) -> Option<io::Error> {
        let end = self.ended.as_mut()?.await;
        self.ended = None;
        Some(match end {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("the HTTP server ended"),
            Err(_) => io::Error::other("the HTTP server's thread died"),
        })
    }

    /// Ends it; `graceful`: when what is in flight is answered. One that has ended by itself answers no more.
    pub async fn stop(self, graceful: bool) {
        let Some(ended) = self.ended else { return };
        self.handle.stop(graceful).await;
        // The thread is gone, or will be: what matters is that nothing is in flight.
        let _ = ended.await;
    }
}
