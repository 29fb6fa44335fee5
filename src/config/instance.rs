//! Who this process is.

use strum::{EnumString, IntoStaticStr, VariantNames};
use tropa_dispatch::roles::Roles;

use super::{
    form::{Form, is_plain, plain, url, word},
    sources::{Setting, Sources, setting},
};

pub(super) const ENVIRONMENT: Setting = setting(
    "env",
    "TROPA_ENV",
    "development reads `.env`, creates two example drivers, and takes admin requests from this machine without a token; production does none of it",
);
const MODE: Setting = setting(
    "mode",
    "TROPA_MODE",
    "standalone: one process and a data folder; distributed: any number of processes on PostgreSQL, RabbitMQ and Redis",
);
const ROLES: Setting = setting("roles", "TROPA_ROLES", "what this process runs; standalone runs all of it");
const NAME: Setting = setting(
    "instance",
    "TROPA_INSTANCE",
    "name of this process, in leases too: no two that run may share it; distributed: by host name and port",
);
const ADVERTISE: Setting = setting(
    "advertise_url",
    "TROPA_ADVERTISE_URL",
    "where other instances reach this one's API; unset = by the address it listens on, or the host name",
);
/// A name this long fits every key it becomes part of.
const NAME_LENGTH: usize = 64;
/// Asked for by this name, every instance answers.
const EVERYBODY: &str = "all";

/// What surrounds a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Environment {
    /// Somebody's machine.
    Development,
    /// Where real orders come in.
    Production,
}

/// One process that holds everything, or many that share servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Mode {
    /// `SQLite`, everything in one process.
    Standalone,
    /// PostgreSQL, RabbitMQ, Redis; as many processes as you like.
    Distributed,
}

impl Mode {
    /// As it is written.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Who this process is.
#[derive(Clone, Debug)]
pub struct InstanceConfig {
    /// Development or production.
    pub environment: Environment,
    /// Alone, or one of many.
    pub mode: Mode,
    /// What it runs.
    pub roles: Roles,
    /// Its name among its siblings.
    pub name: String,
    /// The machine's name.
    pub host: String,
    /// Where siblings reach its API, when somebody knows better than the process itself.
    pub advertise: Option<String>,
}

impl InstanceConfig {
    /// `port` is that of the API.
    pub(super) fn read(from: &mut Sources, port: u16) -> Self {
        let environment = from.get(ENVIRONMENT, word(), Environment::Development);
        let mode = from.get(MODE, word(), Mode::Standalone);
        let roles = from.get(ROLES, roles(), Roles::default());
        if mode == Mode::Standalone && roles != Roles::default() {
            from.refuse(ROLES, "must be all of them, or not set, in standalone mode");
        }
        let host = from.host().to_owned();
        let default = match mode {
            Mode::Standalone => "tropa".to_owned(),
            Mode::Distributed => unique(&host, port),
        };
        let name = from.get(NAME, plain(NAME_LENGTH), default);
        if name == EVERYBODY {
            from.refuse(NAME, format!("must not be `{EVERYBODY}`, which means every instance"));
        }
        let advertise = from.find(ADVERTISE, url(&["http", "https"]));
        Self { environment, mode, roles, name, host, advertise }
    }
}

fn roles() -> Form<Roles> {
    let allowed = format!("some of {} with commas between", Roles::default());
    Form::new(allowed, Roles::parse, Roles::to_string)
}

/// A name by host and port: two processes cannot have one port of a machine, and one that starts again has its old name,
/// so it takes up what it held before the leases run out. Without a fixed port only chance tells processes apart.
fn unique(host: &str, port: u16) -> String {
    let tail = match port {
        0 => format!("{:08x}", fastrand::u32(..)),
        port => port.to_string(),
    };
    let plain = host.chars().map(|c| if is_plain(c) { c } else { '-' });
    let host: String = plain.take(NAME_LENGTH - 1 - tail.len()).collect();
    format!("{host}-{tail}")
}
