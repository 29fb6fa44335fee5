//! The listening server: from bound sockets to an orderly end.

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    thread,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, middleware::from_fn, web::Data};
use prometheus::Registry;
use tokio::sync::{oneshot, watch};
use tropa_dispatch::handles::Handles;

use super::{
    admit::{Gate, admit},
    edge::Edge,
    limits::{Buckets, Slots},
    observe::{Durations, observe},
    options::Options,
    probes, routes,
};

/// Connections of the second listener.
const METRICS_CONNECTIONS: usize = 64;

/// A running HTTP server. Dropping it leaves it running; [`stop`](Server::stop) ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stopping: watch::Sender<bool>,
    main: Listener,
    metrics: Option<Listener>,
}

/// One listener and the thread that runs it.
#[derive(Debug)]
struct Listener {
    handle: ServerHandle,
    /// Taken by whoever saw the end.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

/// What a server listens on.
#[derive(Debug)]
pub enum Socket {
    /// An address that is bound first.
    At(SocketAddr),
    /// One that listens already.
    Open(TcpListener),
}

/// Binds the options' addresses and serves, as [`serve_on`] does. Fails when an address is taken.
pub fn serve(options: Options, handles: Handles) -> io::Result<Server> {
    let (main, metrics) = (Socket::At(options.address), options.metrics_address.map(Socket::At));
    serve_on(main, metrics, options, handles)
}

/// Serves the API on one socket, and `/metrics` on another. When it returns, connections are accepted at
/// [`Server::address`].
///
/// The workers are threads of their own, with runtimes of their own: handlers only ask actors. Fails when the
/// registry of `handles` has the server's metrics already.
pub fn serve_on(
    main: Socket,
    metrics: Option<Socket>,
    options: Options,
    handles: Handles,
) -> io::Result<Server> {
    let registry = Data::new(handles.metrics.registry.clone());
    let durations = Data::new(Durations::register(&registry).map_err(io::Error::other)?);
    let gate = Data::new(Gate {
        buckets: options.rate_limit.map(Buckets::new),
        in_flight: Slots::new(options.max_in_flight),
        position_streams: Slots::new(options.max_position_streams),
    });
    let (stopping, stops) = watch::channel(false);
    let settings = Data::new(options.clone());
    let edge = Data::new(Edge {
        handles,
        streams: Slots::new(options.max_streams),
        stopping: stops,
        boot: fastrand::u64(1..1 << 53),
        options,
    });
    let options = &edge.options.clone();
    let extra = options.extra.clone();
    let (for_metrics, seconds) = (registry.clone(), options.drain_timeout.as_secs().max(1));
    let server = HttpServer::new(move || {
        let extra = extra.clone();
        App::new()
            .app_data(settings.clone())
            .app_data(gate.clone())
            .app_data(durations.clone())
            .app_data(registry.clone())
            .app_data(edge.clone())
            // The last one wrapped is the outermost.
            .wrap(from_fn(admit))
            .wrap(from_fn(observe))
            .configure(routes::all)
            .configure(move |config| extra.add_to(config))
            .default_service(routes::nothing())
    })
    .workers(options.workers.max(1))
    .max_connections((options.max_connections / options.workers.max(1)).max(1))
    .client_request_timeout(options.head_timeout)
    .client_disconnect_timeout(Duration::from_secs(2))
    .keep_alive(options.keep_alive)
    .shutdown_timeout(seconds)
    .disable_signals();
    let server = match main {
        Socket::At(address) => server.bind(address),
        Socket::Open(listener) => server.listen(listener),
    }?;
    let address = first(&server.addrs())?;
    let (metrics_address, metrics) = match metrics {
        Some(socket) => {
            let (bound, listener) = serve_metrics(socket, for_metrics)?;
            (Some(bound), Some(listener))
        }
        None => (None, None),
    };
    let main = Listener::run("http", server.run())?;
    tracing::info!(%address, metrics = metrics_address.map(tracing::field::display), "listening");
    Ok(Server { address, metrics_address, stopping, main, metrics })
}

fn serve_metrics(socket: Socket, registry: Data<Registry>) -> io::Result<(SocketAddr, Listener)> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(registry.clone())
            .wrap(from_fn(observe))
            .configure(probes::metrics_route)
            .default_service(routes::nothing())
    })
    .workers(1)
    .max_connections(METRICS_CONNECTIONS)
    .shutdown_timeout(1)
    .disable_signals();
    let server = match socket {
        Socket::At(address) => server.bind(address),
        Socket::Open(listener) => server.listen(listener),
    }?;
    let address = first(&server.addrs())?;
    Ok((address, Listener::run("http-metrics", server.run())?))
}

fn first(addresses: &[SocketAddr]) -> io::Result<SocketAddr> {
    addresses.first().copied().ok_or_else(|| io::Error::other("nothing was bound"))
}

impl Server {
    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics` is served besides.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// From now on not ready, and streams end; requests are served as before. The first step of [`stop`](Server::stop):
    /// for whoever waits between the two, so that a load balancer notices.
    pub fn retire(&self) {
        self.stopping.send_replace(true);
    }

    /// Stops in good order: not ready, streams end, no new connection, requests in flight are answered, then the
    /// connections close. Takes at most the options' `drain_timeout`; what is not answered by then is cut.
    pub async fn stop(self) {
        self.retire();
        self.main.stop(true).await;
        if let Some(metrics) = self.metrics {
            metrics.stop(false).await;
        }
    }

    /// Waits until the server ends by itself, which it does only when something is broken.
    pub async fn failed(&mut self) -> io::Error {
        let Some(ended) = &mut self.main.ended else { return pending().await };
        let end = ended.await;
        self.main.ended = None;
        match end {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("the HTTP server ended"),
            Err(_) => io::Error::other("the HTTP server's thread died"),
        }
    }
}

impl Listener {
    /// Runs a server on a thread of its own. Connections wait in the socket until its workers are up.
    fn run(name: &str, server: actix_web::dev::Server) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = server.handle();
        let (done, ended) = oneshot::channel();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // When nobody waits for the result the process is on its way out.
            let _ = done.send(runtime.block_on(server));
        })?;
        Ok(Self { handle, ended: Some(ended) })
    }

    /// Ends it; `graceful`: when what is in flight is answered. One that has ended by itself answers no more.
    async fn stop(self, graceful: bool) {
        let Some(ended) = self.ended else { return };
        self.handle.stop(graceful).await;
        // The thread is gone, or will be: what matters is that nothing is in flight.
        let _ = ended.await;
    }
}
