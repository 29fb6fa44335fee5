//! Where the database is, and how a connection to it is made.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_postgres::{
    Client, Config, Socket,
    config::{SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Trust};

/// To establish one connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Sent data that nobody acknowledges for so long means that the connection is cut.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// What every session of ours starts with; a URL's own `options` come behind it and win. Every wait inside the server has
/// an end before the caller's: see [`connection::CALL`](super::connection::CALL).
///
/// No plan reads a whole table that has an index, nor compares each row of one list with each of another: prepared when a
/// table is empty, as the outbox is most of the time, a plan is kept while the table fills. To the planner these are only
/// dear, so the statements are written for it: a table is looked into by `= ANY` of an array, or by `LATERAL … OFFSET 0`.
/// Nor does one gather all that an index has for the sake of a page: that takes a bitmap.
const SESSION: &str = "-c statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s \
                       -c synchronous_commit=on -c jit=off -c enable_seqscan=off -c enable_nestloop=off \
                       -c enable_bitmapscan=off";

/// And those whose commits need not wait for the disk. The plans of their statements are made once, and each walks the index
/// that gives its order.
const RELAXED: &str = "-c synchronous_commit=off -c plan_cache_mode=force_generic_plan -c enable_sort=off -c enable_mergejoin=off";

/// The options of both kinds of sessions: those that wait for the disk, and the relaxed ones.
pub fn session_options() -> [String; 2] {
    [SESSION.to_owned(), format!("{SESSION} {RELAXED}")]
}

/// Why a store cannot even try.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not a URL of a PostgreSQL database.
    #[error("database URL: {0}")]
    Url(#[from] tokio_postgres::Error),
    /// A mode that libpq does not have, or that cannot be kept here.
    #[error(
        "database URL: sslmode must be one of disable, prefer, require, verify-ca, verify-full, got {0:?}"
    )]
    SslMode(String),
    /// The file of authorities does not read, or holds none.
    #[error("{path}: {reason}", path = path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("tls: {0}")]
    Tls(String),
}

/// A database's address, with what it takes to trust it.
#[derive(Clone)]
pub struct Address {
    /// As tokio-postgres wants it.
    pub config: Config,
    /// How the connection is encrypted, when it is.
    pub tls: MakeRustlsConnect,
}

impl Address {
    /// Reads a URL. `sslmode` and `sslrootcert` are read here: tokio-postgres knows neither the verifying modes nor files.
    pub fn read(url: &str, ca: Option<&Path>) -> Result<Self, AddressError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value.to_owned()),
                Some(("sslrootcert", value)) => root = Some(PathBuf::from(value)),
                _ => rest.push(pair),
            }
        }
        let (mode, trust) = match mode.as_deref() {
            Some("disable") => (SslMode::Disable, Trust::Anyone),
            None | Some("prefer") => (SslMode::Prefer, Trust::Anyone),
            Some("require") => (SslMode::Require, Trust::Anyone),
            Some("verify-ca") => (SslMode::Require, Trust::Authority),
            Some("verify-full") => (SslMode::Require, Trust::Host),
            Some(other) => return Err(AddressError::SslMode(other.to_owned())),
        };
        let mut config: Config = format!("{base}?{}", rest.join("&")).parse()?;
        let options =
            config.get_options().map_or_else(|| SESSION.to_owned(), |own| format!("{SESSION} {own}"));
        config.ssl_mode(mode).options(options);
        if config.get_application_name().is_none() {
            config.application_name("tropa");
        }
        // A standby is no server of ours, and of several hosts in the URL the one that takes writes is. See `era`.
        if !rest.iter().any(|pair| pair.starts_with("target_session_attrs=")) {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config.connect_timeout(CONNECT).tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(Duration::from_secs(15)).keepalives_interval(Duration::from_secs(5));
        let authorities: Vec<&Path> = root.as_deref().into_iter().chain(ca).collect();
        Ok(Self { config, tls: MakeRustlsConnect::new(tls::client(trust, &authorities)?) })
    }

    /// The same, for sessions of the outbox's kind.
    pub fn relaxed(&self) -> Self {
        let mut relaxed = self.clone();
        let options = relaxed.config.get_options().unwrap_or_default();
        let options = format!("{options} {RELAXED}");
        relaxed.config.options(options);
        relaxed
    }

    /// A connection outside the pool, and what must be polled for it to live.
    pub async fn connect(
        &self,
        settings: impl FnOnce(&mut Config),
    ) -> Result<(Client, tokio_postgres::Connection<Socket, tls::Stream>), tokio_postgres::Error> {
        let mut config = self.config.clone();
        settings(&mut config);
        config.connect(self.tls.clone()).await
    }
}
