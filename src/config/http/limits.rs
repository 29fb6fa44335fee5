//! What one caller, and all together, may take of the HTTP server.

use std::time::Duration;

use actix_web::http::header::HeaderName;

use crate::{
    config::{
        form::{header_name, networks, seconds, switch, whole},
        sources::{Setting, Sources, setting},
    },
    peers::Apart,
};

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

/// Limits of the HTTP server, the metrics' apart.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Threads that serve.
    pub workers: usize,
    /// Open connections, all workers together; of gRPC as many again.
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
    /// A live stream says something at least this often.
    pub heartbeat: Duration,
    /// In which a proxy that knows them says who calls; it divides `Idempotency-Key`s, and grants nothing.
    pub caller_header: Option<HeaderName>,
    /// Requests per peer address; `None` = no limit.
    pub rate_limit: Option<RateLimit>,
}

/// A token bucket per peer address: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a second, in the long run.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
    /// Limit requests from this machine too.
    pub loopback: bool,
}

impl Default for HttpLimits {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self {
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            max_connections: 10_000,
            max_connections_per_address: 1_000,
            apart: Apart { loopback: true, proxies: Vec::new() },
            max_in_flight: 4_096,
            max_streams: 64,
            max_position_streams: 1_024,
            max_body: 256 << 10,
            max_positions_body: 16 << 20,
            head_timeout: s(5),
            body_timeout: s(10),
            write_timeout: s(15),
            keep_alive: s(75),
            ask_deadline: s(5),
            command_deadline: s(10),
            heartbeat: s(15),
            caller_header: None,
            rate_limit: Some(RateLimit::default()),
        }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { per_second: 200, burst: 400, loopback: false }
    }
}

impl HttpLimits {
    pub(super) fn read(from: &mut Sources) -> Self {
        let count = || whole(1..=1_000_000_usize);
        let bytes = || whole(1_024..=1_073_741_824_usize);
        let soon = || seconds(0.1..=3_600.0);
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
        let by_default = Self::default();
        let max_connections = from.get(connections, count(), by_default.max_connections);
        let loopback = from.get(LOOPBACK, switch(), false);
        Self {
            workers: from.get(workers, whole(1..=256), by_default.workers),
            max_connections,
            max_connections_per_address: from.get(PER_ADDRESS, count(), (max_connections / 10).max(1)),
            apart: Apart { loopback: !loopback, proxies: from.find(PROXIES, networks()).unwrap_or_default() },
            max_in_flight: from.get(in_flight, count(), by_default.max_in_flight),
            max_streams: from.get(streams, count(), by_default.max_streams),
            max_position_streams: from.get(position_streams, count(), by_default.max_position_streams),
            max_body: from.get(body, bytes(), by_default.max_body),
            max_positions_body: from.get(positions, bytes(), by_default.max_positions_body),
            head_timeout: from.get(head, soon(), by_default.head_timeout),
            body_timeout: from.get(body_time, soon(), by_default.body_timeout),
            write_timeout: from.get(WRITE, soon(), by_default.write_timeout),
            keep_alive: from.get(keep_alive, soon(), by_default.keep_alive),
            ask_deadline: from.get(ask, soon(), by_default.ask_deadline),
            command_deadline: from.get(command, soon(), by_default.command_deadline),
            heartbeat: from.get(heartbeat, soon(), by_default.heartbeat),
            caller_header: from.find(CALLER, header_name()),
            rate_limit: RateLimit::read(from, loopback),
        }
    }
}

impl RateLimit {
    fn read(from: &mut Sources, loopback: bool) -> Option<Self> {
        let by_default = Self::default();
        let limit = Self {
            per_second: from.get(RATE, whole(0..=1_000_000), by_default.per_second),
            burst: from.get(BURST, whole(1..=1_000_000), by_default.burst),
            loopback,
        };
        (limit.per_second > 0).then_some(limit)
    }
}
