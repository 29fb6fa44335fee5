//! Where requests come in, and how many.

mod limits;

use std::net::{IpAddr, Ipv4Addr};

use super::{
    form::{Form, address, port},
    sources::{Setting, Sources, setting},
};
pub use limits::{HttpLimits, RateLimit};

const PORT: Setting = setting("http.port", "WEB_SERVER_PORT", "port of the HTTP API");
const GRPC_PORT: Setting = setting("grpc.port", "GRPC_PORT", "port of the gRPC fleet service");
const METRICS_PORT: Setting =
    setting("metrics.port", "METRICS_PORT", "port that serves metrics and probes, and nothing else");

const TRACE_URL: Setting = setting(
    "http.trace_url",
    "TROPA_TRACE_URL",
    "where a trace is shown, such as http://localhost:16686/trace/{trace_id}; unset = orders show the id of theirs alone",
);

/// The address of a page, with a place for the trace.
fn trace_url() -> Form<String> {
    let parse = |text: &str| {
        let page = text.replace("{trace_id}", "0");
        let known =
            page != text && ["http", "https"].contains(&page.parse::<::http::Uri>().ok()?.scheme_str()?);
        known.then(|| text.to_owned())
    };
    Form::new("an http or https URL with {trace_id} in it", parse, Clone::clone)
}

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
    /// Where a trace is shown, with `{trace_id}` in it.
    pub trace_url: Option<String>,
    /// What the servers take.
    pub limits: HttpLimits,
}

impl HttpConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let bind = setting("bind", "TROPA_BIND", "address that HTTP, gRPC and metrics listen on");
        let config = Self {
            bind: from.get(bind, address(), Ipv4Addr::LOCALHOST.into()),
            port: from.get(PORT, port(), 8000),
            grpc_port: from.get(GRPC_PORT, port(), 50_051),
            metrics_port: from.get(METRICS_PORT, port(), 2112),
            trace_url: from.find(TRACE_URL, trace_url()),
            limits: HttpLimits::read(from),
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
