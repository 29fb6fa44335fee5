//! The servers of distributed mode. Their names hold already, so that one environment serves both modes.

use super::{
    Secret,
    form::{Form, text, url, whole},
    sources::{Setting, Sources, password, setting},
};

/// Where PostgreSQL, RabbitMQ and Redis are: each as a URL, or in parts.
#[derive(Clone, Debug)]
pub struct ServersConfig {
    /// `DATABASE_URL`, or made of `DB_*`.
    pub database: Option<Secret>,
    /// `AMQP_URL`, or made of `RABBITMQ_*`.
    pub broker: Option<Secret>,
    /// `REDIS_URL`, or made of `REDIS_*`.
    pub redis: Option<Secret>,
}

impl ServersConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        Self { database: database(from), broker: broker(from), redis: redis(from) }
    }
}

fn database(from: &mut Sources) -> Option<Secret> {
    let url = server_url(from, "database.url", "DATABASE_URL", &["postgres", "postgresql"]);
    let host = from.find(setting("database.host", "DB_HOST", "PostgreSQL's host"), host());
    let port = from.get(setting("database.port", "DB_PORT", "PostgreSQL's port"), server_port(), 5432);
    let user = setting("database.user", "DB_USER", "PostgreSQL's user");
    let user = from.get(user, text(1..=63), "tropa".to_owned());
    let secret =
        from.secret(setting("database.password", "DB_PASSWORD", "PostgreSQL's password"), &password());
    let name = setting("database.name", "DB_NAME", "PostgreSQL's database");
    let name = from.get(name, text(1..=63), "tropa".to_owned());
    let parts =
        host.map(|host| format!("postgres://{}{host}:{port}/{}", login(&user, secret), escape(&name)));
    url.or_else(|| parts.map(Secret::new))
}

fn broker(from: &mut Sources) -> Option<Secret> {
    let url = server_url(from, "rabbitmq.url", "AMQP_URL", &["amqp", "amqps"]);
    let host = from.find(setting("rabbitmq.host", "RABBITMQ_HOST", "RabbitMQ's host"), host());
    let port = from.get(setting("rabbitmq.port", "RABBITMQ_PORT", "RabbitMQ's port"), server_port(), 5672);
    let user = setting("rabbitmq.user", "RABBITMQ_USER", "RabbitMQ's user");
    let user = from.get(user, text(1..=255), "guest".to_owned());
    let secret =
        from.secret(setting("rabbitmq.password", "RABBITMQ_PASSWORD", "RabbitMQ's password"), &password());
    let parts = host.map(|host| format!("amqp://{}{host}:{port}", login(&user, secret)));
    url.or_else(|| parts.map(Secret::new))
}

fn redis(from: &mut Sources) -> Option<Secret> {
    let url = server_url(from, "redis.url", "REDIS_URL", &["redis", "rediss"]);
    let host = from.find(setting("redis.host", "REDIS_HOST", "Redis's host"), host());
    let port = from.get(setting("redis.port", "REDIS_PORT", "Redis's port"), server_port(), 6379);
    let parts = host.map(|host| format!("redis://{host}:{port}"));
    url.or_else(|| parts.map(Secret::new))
}

/// A URL may hold a password, so it is a secret as a whole.
fn server_url(
    from: &mut Sources,
    key: &'static str,
    variable: &'static str,
    schemes: &'static [&'static str],
) -> Option<Secret> {
    let setting = Setting { key, variable, about: "the server as one URL; goes before its parts" };
    from.secret(setting, &url(schemes))
}

fn host() -> Form<String> {
    let parse = |text: &str| {
        let authority: ::http::uri::Authority = text.parse().ok()?;
        (authority.host() == text).then(|| text.to_owned())
    };
    Form::new("a host name or an IP address", parse, Clone::clone)
}

fn server_port() -> Form<u16> {
    whole(1..=u16::MAX)
}

fn login(user: &str, password: Option<Secret>) -> String {
    let password = password.map_or_else(String::new, |secret| format!(":{}", escape(secret.expose())));
    format!("{}{password}@", escape(user))
}

/// Percent-encodes what may not stand in a part of a URL.
fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
