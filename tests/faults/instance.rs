//! One `tropa serve --mode distributed`, a real process, behind a network of its own.

use std::{net::SocketAddr, path::Path, time::Duration};

use serde_json::{Value, json};

use crate::{
    harness::{ADMIN_TOKEN, Answer, Setup, Tropa},
    owned::send,
    proxy::Proxy,
};

/// The proxies between an instance and what it needs.
pub struct Links {
    pub database: Proxy,
    pub broker: Proxy,
    pub redis: Proxy,
    /// To the fleet service of the instance itself.
    pub fleet: Proxy,
}

impl Links {
    pub fn all(&self) -> [&Proxy; 4] {
        [&self.database, &self.broker, &self.redis, &self.fleet]
    }
}

/// Where the servers are.
#[derive(Clone)]
pub struct Servers {
    pub database: String,
    pub broker: String,
    pub redis: String,
    pub prefix: String,
}

/// An instance of Tropa that can be killed, stopped and started again.
pub struct Instance {
    pub name: String,
    pub links: Links,
    setup: Setup,
    tropa: Option<Tropa>,
    /// What the incarnations before this one printed.
    logs: String,
}

impl Instance {
    /// Not started yet. `settings` are environment variables.
    pub async fn new(name: &str, folder: &Path, servers: &Servers, settings: &[(&str, String)]) -> Self {
        let links = Links {
            database: Proxy::to(authority(&servers.database)).await,
            broker: Proxy::to(authority(&servers.broker)).await,
            redis: Proxy::to(authority(&servers.redis)).await,
            fleet: Proxy::start().await,
        };
        let data = folder.join(name);
        std::fs::create_dir_all(&data).expect("a folder");
        let mut setup = Setup::on(&data)
            .with("TROPA_MODE", "distributed")
            .with("TROPA_INSTANCE", name)
            .with("TROPA_ENV", "production")
            .with("TROPA_ADMIN_TOKEN", ADMIN_TOKEN)
            .with("DATABASE_URL", through(&servers.database, &links.database))
            .with("AMQP_URL", through(&servers.broker, &links.broker))
            .with("REDIS_URL", through(&servers.redis, &links.redis))
            .with("TROPA_REDIS_PREFIX", &servers.prefix)
            .with("TROPA_FLEET_ENDPOINT", format!("http://{}", links.fleet.address()))
            .with("TROPA_LOG", "warn,tropa=info,tropa_dispatch=info");
        for (variable, value) in settings {
            setup = setup.with(variable, value);
        }
        Self { name: name.to_owned(), links, setup, tropa: None, logs: String::new() }
    }

    pub async fn start(&mut self) {
        assert!(self.tropa.is_none(), "{} runs already", self.name);
        let tropa = self.setup.start().await;
        self.links.fleet.aim(tropa.addresses().grpc);
        self.tropa = Some(tropa);
    }

    pub fn tropa(&self) -> &Tropa {
        self.tropa.as_ref().expect("it runs")
    }

    /// `None` between death and restart.
    pub fn running(&self) -> Option<&Tropa> {
        self.tropa.as_ref()
    }

    /// SIGKILL, now.
    pub async fn kill(&mut self) {
        let mut tropa = self.tropa.take().expect("it runs");
        send("KILL", &[tropa.pid()]);
        tropa.ended(Duration::from_secs(5)).await;
        self.logs += &tropa.log();
    }

    /// SIGSTOP: it holds everything it holds, and does nothing.
    pub fn pause(&self) {
        send("STOP", &[self.tropa().pid()]);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        send("CONT", &[self.tropa().pid()]);
    }

    /// Everything it ever printed.
    pub fn log(&self) -> String {
        self.logs.clone() + &self.tropa.as_ref().map(Tropa::log).unwrap_or_default()
    }

    /// A metric by its name and labels, as `/metrics` writes them; 0 when it is not there (yet).
    pub async fn metric(&self, name: &str) -> f64 {
        let Ok(answer) = self.tropa().get("/metrics").await else { return 0.0 };
        let line = answer.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    /// The actor at this path below the top.
    pub async fn actor(&self, path: &str) -> Value {
        let answer = self.tropa().get(&format!("/api/v1/actors/tropa/{path}")).await;
        answer.map(|answer| answer.json()).unwrap_or_default()
    }

    /// Does this to an actor: `panic`, `hang`, `kill`, …
    pub async fn command(&self, path: &str, verb: &str) -> Answer {
        let path = format!("/api/v1/actors/tropa/{path}/{verb}");
        self.tropa().post(&path, &json!({ "reason": "the fault matrix" })).await.expect("an answer")
    }
}

/// `host:port` of a URL.
pub fn authority(url: &str) -> SocketAddr {
    host(url).parse().unwrap_or_else(|_| panic!("no host and port in {url}"))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// The same URL by way of a proxy.
pub fn through(url: &str, proxy: &Proxy) -> String {
    url.replacen(host(url), &proxy.address().to_string(), 1)
}
