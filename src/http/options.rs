//! How the server is set up: addresses, limits, who may do what.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use crate::config::{AdminToken, Entry, HttpLimits};

/// Everything about the HTTP server that can be chosen: the limits as they are configured, and what it is not told by them.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the API listens; port 0 = any free one.
    pub address: SocketAddr,
    /// Where metrics and probes are served besides; `None` = only there.
    pub metrics_address: Option<SocketAddr>,
    /// What it takes.
    pub limits: HttpLimits,
    /// Requests in flight are waited for this long when the server stops; whole seconds.
    pub drain_timeout: Duration,
    /// What the admin verbs need.
    pub admin_token: Option<AdminToken>,
    /// What those need who heal and do not hurt.
    pub operator_token: Option<AdminToken>,
    /// What those need who only look.
    pub viewer_token: Option<AdminToken>,
    /// Without a token the admin verbs are done for requests from this machine; else for nobody.
    pub local_admin: bool,
    /// The GeoJSON file behind the console's map.
    pub console_map: Option<PathBuf>,
    /// Where a trace is shown, with `{trace_id}` in it.
    pub trace_url: Option<String>,
    /// What was set, by whom: shown to who may see it.
    pub configuration: Arc<[Entry]>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            metrics_address: None,
            limits: HttpLimits::default(),
            drain_timeout: Duration::from_secs(20),
            admin_token: None,
            operator_token: None,
            viewer_token: None,
            local_admin: true,
            console_map: None,
            trace_url: None,
            configuration: Arc::default(),
        }
    }
}
