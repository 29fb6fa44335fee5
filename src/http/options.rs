//! How the server is set up: addresses and limits.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use actix_web::{http::header::HeaderName, web::ServiceConfig};

use crate::{config::AdminToken, peers::Apart};

/// Everything about the HTTP server that can be chosen, with the defaults of the product.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the API listens; port 0 = any free one.
    pub address: SocketAddr,
    /// Where metrics and probes are served besides; `None` = only there.
    pub metrics_address: Option<SocketAddr>,
    /// Threads that serve.
    pub workers: usize,
    /// Open connections, all workers together.
    pub max_connections: usize,
    /// Open connections of one address.
    pub max_connections_per_address: usize,
    /// Who is not limited as one address is: this machine, proxies.
    pub apart: Apart,
    /// Requests worked on at once; above it 503.
    pub max_in_flight: usize,
    /// Live streams at once; above it 503.
    pub max_streams: usize,
    /// Streams of positions at once, beside the requests in flight; above it 503.
    pub max_position_streams: usize,
    /// Bytes of a body.
    pub max_body: usize,
    /// Bytes of a stream of positions.
    pub max_positions_body: usize,
    /// A request's head must arrive within this time.
    pub head_timeout: Duration,
    /// A request's body must arrive within this time.
    pub body_timeout: Duration,
    /// An answer that is being sent must move within this time.
    pub write_timeout: Duration,
    /// An idle connection is kept this long.
    pub keep_alive: Duration,
    /// An actor must answer a question within this time.
    pub ask_deadline: Duration,
    /// An actor must answer a command within this time. A dispatch asks the fleet service on the way.
    pub command_deadline: Duration,
    /// Requests in flight are waited for this long when the server stops; whole seconds.
    pub drain_timeout: Duration,
    /// A live stream says something at least this often.
    pub heartbeat: Duration,
    /// Requests per peer address; `None` = no limit.
    pub rate_limit: Option<RateLimit>,
    /// What the admin verbs need.
    pub admin_token: Option<AdminToken>,
    /// Without a token the admin verbs are done for requests from this machine; else for nobody.
    pub local_admin: bool,
    /// In which a proxy that knows them says who calls; it divides `Idempotency-Key`s, and grants nothing.
    pub caller_header: Option<HeaderName>,
    /// More paths on the same server, e.g. the console's.
    pub extra: Extra,
}

/// Paths that somebody else serves beside the API's.
#[derive(Clone, Default)]
pub struct Extra(Option<Arc<AddPaths>>);

type AddPaths = dyn Fn(&mut ServiceConfig) + Send + Sync;

impl Extra {
    /// What `add` adds. It is called once per worker, after the API's own paths.
    pub fn new(add: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(add)))
    }

    pub(super) fn add_to(&self, config: &mut ServiceConfig) {
        if let Some(add) = &self.0 {
            add(config);
        }
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Extra").field(&self.0.is_some()).finish()
    }
}

/// A token bucket per peer address: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Requests a second, in the long run.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
    /// Limit requests from this machine too.
    pub loopback: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            metrics_address: None,
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            max_connections: 10_000,
            max_connections_per_address: 1_000,
            apart: Apart { loopback: true, proxies: Vec::new() },
            max_in_flight: 4_096,
            max_streams: 64,
            max_position_streams: 1_024,
            max_body: 256 << 10,
            max_positions_body: 16 << 20,
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            ask_deadline: Duration::from_secs(5),
            command_deadline: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(20),
            heartbeat: Duration::from_secs(15),
            rate_limit: Some(RateLimit { per_second: 200, burst: 400, loopback: false }),
            admin_token: None,
            local_admin: true,
            caller_header: None,
            extra: Extra::default(),
        }
    }
}
