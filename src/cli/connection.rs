//! Which server is asked.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::Args;
use tropa_load::Target;

use super::client::Client;
use crate::config::Secret;

const LOCAL: &str = "http://127.0.0.1:8000";
const PATIENT: &str = "30";

/// How to reach a server; the same for every verb.
#[derive(Debug, Args)]
pub(super) struct Connection {
    /// The server to ask
    #[arg(long, global = true, env = "TROPA_URL", default_value = LOCAL, value_parser = base)]
    url: String,
    /// What admin requests show
    #[arg(long, global = true, env = "TROPA_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    #[arg(value_parser = |text: &str| Ok::<_, String>(Secret::new(text)))]
    admin_token: Option<Secret>,
    /// The same, from a file
    #[arg(long, global = true, env = "TROPA_ADMIN_TOKEN_FILE", value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// An answer must come within this many seconds
    #[arg(long, global = true, env = "TROPA_TIMEOUT_SECONDS", default_value = PATIENT, value_name = "SECONDS")]
    #[arg(value_parser = seconds)]
    timeout: Duration,
}

impl Connection {
    /// A client of this server. Call it inside a runtime.
    pub fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(&self.url, self.token()?, self.timeout))
    }

    /// Where it is, as it was given.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it is, for verbs that send thousands of requests.
    pub fn target(&self) -> anyhow::Result<Target> {
        Target::parse(&self.url, self.timeout)
    }

    /// Runs a verb that asks the server.
    pub fn run(&self, verb: impl AsyncFnOnce(Client) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { verb(self.client()?).await })
    }

    fn token(&self) -> anyhow::Result<Option<Secret>> {
        let Some(file) = &self.admin_token_file else {
            return Ok(self.admin_token.clone().filter(|token| !token.expose().is_empty()));
        };
        anyhow::ensure!(
            self.admin_token.as_ref().is_none_or(|token| token.expose().is_empty()),
            "the admin token is given twice, by --admin-token or TROPA_ADMIN_TOKEN and by --admin-token-file or \
             TROPA_ADMIN_TOKEN_FILE: one of them must go"
        );
        let content =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Some(Secret::new(content.trim())))
    }
}

fn base(text: &str) -> Result<String, String> {
    // An empty variable is one that is not set, as in the configuration.
    let text = if text.is_empty() { LOCAL } else { text };
    let wrong = || "must be http://host:port or host:port, without a path".to_owned();
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: http::Uri = text.parse().map_err(|_| wrong())?;
    if uri.scheme_str() == Some("https") {
        return Err("must be http://host:port or host:port: Tropa's own port speaks no TLS".to_owned());
    }
    match (uri.scheme_str(), uri.authority()) {
        // `Uri` takes any text for a port, and knows none then.
        (Some("http"), Some(authority))
            if uri.path() == "/"
                && uri.query().is_none()
                && (uri.port_u16().is_some() || authority.as_str() == authority.host()) =>
        {
            Ok(format!("http://{authority}"))
        }
        _ => Err(wrong()),
    }
}

/// A time of more than zero and at most a day, in seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "must be seconds, from 0.001 to 86400".to_owned();
    let text = if text.is_empty() { PATIENT } else { text };
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds))
}
