//! PostgreSQL.

use strum::{EnumString, IntoStaticStr, VariantNames};

use super::{Secret, Setting, Sources, escape, host, login, server_port, server_url, setting};
use crate::config::{
    form::{text, whole, word},
    sources::password,
};

pub(super) const URL: Setting =
    setting("database.url", "DATABASE_URL", "PostgreSQL as one URL; goes before its parts");

/// Where PostgreSQL is, and how it is used.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// `DATABASE_URL`, or made of `DB_*`.
    pub url: Option<Secret>,
    /// Connections for orders at most; four more are for the relay, for positions and to listen.
    pub pool: usize,
}

/// Whether the connection must be TLS, and how much of the server's certificate must be right.
#[derive(Clone, Copy, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
enum SslMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl DatabaseConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let url = server_url(from, URL, &["postgres", "postgresql"]);
        let host = from.find(setting("database.host", "DB_HOST", "PostgreSQL's host"), host());
        let port = from.get(setting("database.port", "DB_PORT", "PostgreSQL's port"), server_port(), 5432);
        let user = setting("database.user", "DB_USER", "PostgreSQL's user");
        let user = from.get(user, text(1..=63), "tropa".to_owned());
        let secret =
            from.secret(setting("database.password", "DB_PASSWORD", "PostgreSQL's password"), &password());
        let name = setting("database.name", "DB_NAME", "PostgreSQL's database");
        let name = from.get(name, text(1..=63), "tropa".to_owned());
        let sslmode = setting(
            "database.sslmode",
            "DB_SSLMODE",
            "TLS to PostgreSQL, as libpq has it; in `DATABASE_URL` it is the parameter `sslmode`",
        );
        let sslmode: &str = from.get(sslmode, word(), SslMode::Prefer).into();
        let pool = setting(
            "database.pool",
            "TROPA_DATABASE_POOL",
            "connections to PostgreSQL for orders, at most; besides them 3 for relays and positions, and 1 that listens",
        );
        let parts = host.map(|host| {
            let login = login(&user, secret);
            format!("postgres://{login}{host}:{port}/{}?sslmode={sslmode}", escape(&name))
        });
        Self { url: url.or_else(|| parts.map(Secret::new)), pool: from.get(pool, whole(1..=1_000), 16) }
    }
}
