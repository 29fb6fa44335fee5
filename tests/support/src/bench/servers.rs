//! PostgreSQL, RabbitMQ and Redis of their own for one measurement, started by `scripts/servers`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// Started servers; stopped, and their folder removed, when dropped.
pub struct Servers {
    folder: PathBuf,
    told: String,
}

impl Servers {
    pub fn start() -> anyhow::Result<Self> {
        // Servers that run as another user must be able to reach it.
        let folder = std::env::temp_dir().join(format!("tropa-bench-{}", std::process::id()));
        let mut servers = Self { folder, told: String::new() };
        servers.script("start")?;
        servers.told = servers.script("env")?;
        Ok(servers)
    }

    fn script(&self, verb: &str) -> anyhow::Result<String> {
        let script = crate::root().join("scripts/servers");
        let output = Command::new(script).arg(verb).arg(&self.folder).stderr(Stdio::inherit()).output()?;
        anyhow::ensure!(output.status.success(), "scripts/servers {verb}: {}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }

    fn told(&self, name: &str) -> anyhow::Result<&str> {
        let value = |line: &'_ str| {
            line.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value.len())
        };
        self.told
            .lines()
            .find_map(|line| value(line).map(|length| &line[line.len() - length..]))
            .with_context(|| format!("scripts/servers tells no {name}"))
    }

    pub fn database(&self) -> anyhow::Result<&str> {
        self.told("DATABASE_URL")
    }

    pub fn broker(&self) -> anyhow::Result<&str> {
        self.told("AMQP_URL")
    }

    pub fn redis(&self) -> anyhow::Result<&str> {
        self.told("REDIS_URL")
    }

    /// Runs a statement by `psql`; what it printed, unaligned.
    pub fn sql(&self, database: &str, statement: &str) -> anyhow::Result<String> {
        let url = self.database()?;
        let url = format!("{}/{database}", url.rsplit_once('/').context("no database in the URL")?.0);
        let output =
            Command::new("psql").args(["-qtAX", "-v", "ON_ERROR_STOP=1", "-c", statement, &url]).output()?;
        anyhow::ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.script("stop");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
