//! How the server is set up: addresses, limits, who may do what.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use actix_web::web::ServiceConfig;

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
            extra: Extra::default(),
        }
    }
}
