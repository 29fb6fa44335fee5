//! The listening server: from bound sockets to an orderly end.

mod listener;
mod occupied;

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::{App, middleware::from_fn, web::Data};
use tokio::sync::watch;
use tropa_dispatch::handles::Handles;

use listener::{Bound, Listener, Shape};
use occupied::occupy;

use super::{
    admit::{Gate, admit},
    audit::{self, Strangers},
    edge::Edge,
    limits::{Buckets, Permits, Shares},
    observe::{Durations, observe},
    options::Options,
    origin::refuse_foreign,
    probes, routes,
    session::{self, Guesses},
    stream::Pictures,
};

/// A running HTTP server. Dropping it leaves it running; [`stop`](Server::stop) ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stopping: watch::Sender<bool>,
    main: Listener,
    metrics: Option<Listener>,
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
    let pictures = Pictures::register(&registry).map_err(io::Error::other)?;
    let gate = Data::new(Gate {
        buckets: options.limits.rate_limit.map(Buckets::new),
        proxies: options.limits.apart.proxies.clone(),
        in_flight: Permits::new(options.limits.max_in_flight),
        position_streams: Permits::new(options.limits.max_position_streams),
    });
    let (stopping, stops) = watch::channel(false);
    let settings = Data::new(options.clone());
    let edge = Data::new(Edge {
        handles,
        streams: Shares::new(options.limits.max_streams, options.limits.apart.clone()),
        pictures,
        guesses: Guesses::default(),
        strangers: Strangers::default(),
        stopping: stops,
        boot: fastrand::u64(1..1 << 53),
        options,
    });
    let options = &edge.options.clone();
    let app = {
        let (registry, edge, settings) = (registry.clone(), edge.clone(), settings.clone());
        move || {
            App::new()
                .app_data(settings.clone())
                .app_data(gate.clone())
                .app_data(durations.clone())
                .app_data(registry.clone())
                .app_data(edge.clone())
                // The last one wrapped is the outermost.
                .wrap(from_fn(session::hold))
                .wrap(from_fn(refuse_foreign))
                .wrap(from_fn(audit::keep))
                .wrap(from_fn(admit))
                .wrap(from_fn(observe))
                .wrap(from_fn(occupy))
                .configure(routes::all)
                .default_service(routes::nothing())
        }
    };
    let (main, metrics) = (Bound::of(main)?, metrics.map(Bound::of).transpose()?);
    let (address, metrics_address) = (main.address, metrics.as_ref().map(|bound| bound.address));
    let main = main.run("http", &Shape::of(options), &registry, app)?;
    let metrics = match metrics {
        // Whoever watches us asks here: the API's callers cannot take these places.
        Some(bound) => {
            Some(bound.run("metrics", &Shape::of_metrics(options), &registry.clone(), move || {
                App::new()
                    .app_data(settings.clone())
                    .app_data(registry.clone())
                    .app_data(edge.clone())
                    .wrap(from_fn(observe))
                    .wrap(from_fn(occupy))
                    .configure(probes::routes)
                    .default_service(routes::nothing())
            })?)
        }
        None => None,
    };
    tracing::info!(%address, metrics = metrics_address.map(tracing::field::display), "listening");
    Ok(Server { address, metrics_address, stopping, main, metrics })
}

impl Server {
    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics and probes are served besides.
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
        match self.main.ended().await {
            Some(error) => error,
            None => pending().await,
        }
    }
}
