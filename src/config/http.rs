//! Where requests come in, and how many.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use super::{
    form::{address, header_name, networks, port, seconds, switch, whole},
    sources::{Setting, Sources, setting},
};
use crate::peers::Apart;

const PORT: Setting = setting("http.port", "WEB_SERVER_PORT", "port of the HTTP API");
const GRPC_PORT: Setting = setting("grpc.port", "GRPC_PORT", "port of the gRPC fleet service");
const METRICS_PORT: Setting =
    setting("metrics.port", "METRICS_PORT", "port that serves metrics and probes, and nothing else");
const RATE: Setting = setting(
    "http.rate_limit_per_second",
    "TROPA_HTTP_RATE_LIMIT_PER_SECOND",
    "requests a second from one address, in the long run; 0 = no limit",
);
const BURST: Setting =
    setting("http.rate_limit_burst", "TROPA_HTTP_RATE_LIMIT_BURST", "requests at once from one address");
const PER_ADDRESS: Setting = setting(
    "http.max_connections_per_address",
    "TROPA_HTTP_MAX_CONNECTIONS_PER_ADDRESS",
    "open connections of one address, of HTTP and of gRPC each; above it its idle ones are closed. Default: a tenth of all",
);
const PROXIES: Setting = setting(
    "http.proxies",
    "TROPA_HTTP_PROXIES",
    "addresses of proxies in front: they speak for many, and no limit for one address holds for them",
);
const WRITE: Setting = setting(
    "http.write_timeout_seconds",
    "TROPA_HTTP_WRITE_TIMEOUT_SECONDS",
    "an answer that is being sent must move within this time, of HTTP and of gRPC; then the connection is cut",
);
const CALLER: Setting = setting(
    "http.caller_header",
    "TROPA_HTTP_CALLER_HEADER",
    "header in which a proxy that knows its callers names them, such as x-auth-request-user: an Idempotency-Key belongs to that name",
);
const LOOPBACK: Setting = setting(
    "http.rate_limit_loopback",
    "TROPA_HTTP_RATE_LIMIT_LOOPBACK",
    "limit requests and connections from this machine too",
);

/// Addresses and limits of the servers.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The address that HTTP, gRPC and metrics listen on.
    pub bind: IpAddr,
    /// Of the API; 0 = any free one, here and below.
    pub port: u16,
    /// Of the gRPC fleet service.
    pub grpc_port: u16,
    /// Of metrics and probes alone.
    pub metrics_port: u16,
    /// Threads that serve HTTP.
    pub workers: usize,
    /// Open connections; of gRPC as many again.
    pub max_connections: usize,
    /// Of one address.
    pub max_connections_per_address: usize,
    /// Who is not limited as one address is.
    pub apart: Apart,
    /// Requests worked on at once.
    pub max_in_flight: usize,
    /// Live streams at once.
    pub max_streams: usize,
    /// Streams of positions at once.
    pub max_position_streams: usize,
    /// Bytes of a body.
    pub max_body: usize,
    /// Bytes of a stream of positions.
    pub max_positions_body: usize,
    /// A request's head must arrive within this time.
    pub head_timeout: Duration,
    /// A request's body must arrive within this time.
    pub body_timeout: Duration,
    /// What is sent must move within this time.
    pub write_timeout: Duration,
    /// An idle connection is kept this long.
    pub keep_alive: Duration,
    /// An actor must answer a question within this time.
    pub ask_deadline: Duration,
    /// An actor must answer a command within this time.
    pub command_deadline: Duration,
    /// A live stream says something at least this often.
    pub heartbeat: Duration,
    /// The header in which a proxy says who calls.
    pub caller_header: Option<String>,
    /// Requests per address; `None` = no limit.
    pub rate_limit: Option<RateLimitConfig>,
}

/// A token bucket per peer address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitConfig {
    /// Requests a second, in the long run.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
    /// Requests from this machine too.
    pub loopback: bool,
}

impl HttpConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let count = || whole(1..=1_000_000_usize);
        let bytes = || whole(1_024..=1_073_741_824_usize);
        let soon = || seconds(0.1..=3_600.0);
        let s = Duration::from_secs;
        let bind = setting("bind", "TROPA_BIND", "address that HTTP, gRPC and metrics listen on");
        let workers =
            setting("http.workers", "TROPA_HTTP_WORKERS", "threads that serve HTTP; default: cores");
        let connections = setting(
            "http.max_connections",
            "TROPA_HTTP_MAX_CONNECTIONS",
            "open connections, of HTTP and of gRPC each",
        );
        let in_flight =
            setting("http.max_in_flight", "TROPA_HTTP_MAX_IN_FLIGHT", "requests worked on at once; then 503");
        let streams = setting("http.max_streams", "TROPA_HTTP_MAX_STREAMS", "live streams at once; then 503");
        let position_streams = setting(
            "http.max_position_streams",
            "TROPA_HTTP_MAX_POSITION_STREAMS",
            "NDJSON streams of positions at once; then 503",
        );
        let body = setting(
            "http.max_body_bytes",
            "TROPA_HTTP_MAX_BODY_BYTES",
            "size of a body; then 413. An order is kept in memory while it is worked on",
        );
        let positions = setting(
            "http.max_positions_body_bytes",
            "TROPA_HTTP_MAX_POSITIONS_BODY_BYTES",
            "size of an NDJSON stream of positions; then 413",
        );
        let head = setting(
            "http.head_timeout_seconds",
            "TROPA_HTTP_HEAD_TIMEOUT_SECONDS",
            "a request's head must arrive within this time",
        );
        let body_time = setting(
            "http.body_timeout_seconds",
            "TROPA_HTTP_BODY_TIMEOUT_SECONDS",
            "a request's body must arrive within this time",
        );
        let keep_alive = setting(
            "http.keep_alive_seconds",
            "TROPA_HTTP_KEEP_ALIVE_SECONDS",
            "an idle connection is kept this long",
        );
        let ask = setting(
            "http.ask_deadline_seconds",
            "TROPA_HTTP_ASK_DEADLINE_SECONDS",
            "a question or a new order must be answered within this time; then 503",
        );
        let command = setting(
            "http.command_deadline_seconds",
            "TROPA_HTTP_COMMAND_DEADLINE_SECONDS",
            "a command must be done within this time; then 503",
        );
        let heartbeat = setting(
            "http.heartbeat_seconds",
            "TROPA_HTTP_HEARTBEAT_SECONDS",
            "a live stream says something at least this often",
        );
        let max_connections = from.get(connections, count(), 10_000);
        let limit_loopback = from.get(LOOPBACK, switch(), false);
        let config = Self {
            bind: from.get(bind, address(), Ipv4Addr::LOCALHOST.into()),
            port: from.get(PORT, port(), 8000),
            grpc_port: from.get(GRPC_PORT, port(), 50_051),
            metrics_port: from.get(METRICS_PORT, port(), 2112),
            workers: from.get(workers, whole(1..=256), cores),
            max_connections,
            max_connections_per_address: from.get(PER_ADDRESS, count(), (max_connections / 10).max(1)),
            apart: Apart {
                loopback: !limit_loopback,
                proxies: from.find(PROXIES, networks()).unwrap_or_default(),
            },
            max_in_flight: from.get(in_flight, count(), 4_096),
            max_streams: from.get(streams, count(), 64),
            max_position_streams: from.get(position_streams, count(), 1_024),
            max_body: from.get(body, bytes(), 256 << 10),
            max_positions_body: from.get(positions, bytes(), 16 << 20),
            head_timeout: from.get(head, soon(), s(5)),
            body_timeout: from.get(body_time, soon(), s(10)),
            write_timeout: from.get(WRITE, soon(), s(15)),
            keep_alive: from.get(keep_alive, soon(), s(75)),
            ask_deadline: from.get(ask, soon(), s(5)),
            command_deadline: from.get(command, soon(), s(10)),
            heartbeat: from.get(heartbeat, soon(), s(15)),
            caller_header: from.find(CALLER, header_name()),
            rate_limit: RateLimitConfig::read(from, limit_loopback),
        };
        config.check_ports(from);
        config
    }

    fn check_ports(&self, from: &mut Sources) {
        let named = [(self.port, PORT), (self.grpc_port, GRPC_PORT), (self.metrics_port, METRICS_PORT)];
        for (at, (port, setting)) in named.iter().enumerate() {
            let taken = named[..at].iter().find(|(other, _)| other == port && *port != 0);
            if let Some((_, other)) = taken {
                from.refuse(*setting, format!("must not be the port of {} too", other.variable));
            }
        }
    }
}

impl RateLimitConfig {
    fn read(from: &mut Sources, loopback: bool) -> Option<Self> {
        let limit = Self {
            per_second: from.get(RATE, whole(0..=1_000_000), 200),
            burst: from.get(BURST, whole(1..=1_000_000), 400),
            loopback,
        };
        (limit.per_second > 0).then_some(limit)
    }
}
