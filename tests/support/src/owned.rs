//! Servers of our own, to be killed, stopped and started again.

use std::{
    path::PathBuf,
    process::Command,
    sync::OnceLock,
    time::{Duration, Instant},
};

use tokio::sync::{Mutex, MutexGuard};

use crate::servers::{Servers, script, servers};

/// A server of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Postgres,
    Rabbitmq,
    Redis,
}

impl Server {
    fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Rabbitmq => "rabbitmq",
            Self::Redis => "redis",
        }
    }
}

/// A set of servers: one that all tests share and nobody may hurt, or one that is ours alone for a while.
pub enum Set {
    Shared,
    Ours(MutexGuard<'static, Servers>),
}

impl Set {
    /// The set that may be killed. One test at a time has it, and finds it running.
    pub async fn ours() -> Self {
        static OURS: OnceLock<Mutex<Servers>> = OnceLock::new();
        let ours = tokio::task::spawn_blocking(|| OURS.get_or_init(|| Mutex::new(Servers::start("faults"))))
            .await
            .expect("they start");
        let set = Self::Ours(ours.lock().await);
        // Whoever had it before may have failed with a server down.
        for server in [Server::Postgres, Server::Rabbitmq, Server::Redis] {
            if let Some(pid) = set.pid(server) {
                send("CONT", &[pid]);
            }
            set.start(server).await;
        }
        set
    }

    pub fn servers(&self) -> &Servers {
        match self {
            Self::Shared => servers(),
            Self::Ours(servers) => servers,
        }
    }

    fn folder(&self) -> PathBuf {
        self.servers().folder().to_owned()
    }

    fn pid(&self, server: Server) -> Option<u32> {
        let text = std::fs::read_to_string(self.folder().join(format!("{}.pid", server.name()))).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    fn own_pid(&self, server: Server) -> u32 {
        assert!(matches!(self, Self::Ours(_)), "others use these servers too");
        self.pid(server).unwrap_or_else(|| panic!("{server:?} does not run"))
    }

    /// SIGKILL to the server and all its processes; returns when they are gone.
    pub async fn kill(&self, server: Server) {
        let pid = self.own_pid(server);
        let family: Vec<u32> = std::iter::once(pid).chain(descendants(pid)).collect();
        send("KILL", &family);
        let began = Instant::now();
        while family.iter().any(|pid| alive(*pid)) {
            assert!(began.elapsed() < Duration::from_secs(20), "{server:?} does not die");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGSTOP: it keeps its connections and says nothing.
    pub fn freeze(&self, server: Server) {
        send("STOP", &[self.own_pid(server)]);
    }

    /// SIGCONT: it goes on where it was.
    pub fn thaw(&self, server: Server) {
        send("CONT", &[self.own_pid(server)]);
    }

    /// Runs `rabbitmqctl` against the broker.
    pub async fn rabbitmqctl(&self, arguments: &[&str]) -> String {
        assert!(matches!(self, Self::Ours(_)), "others use these servers too");
        let folder = self.folder();
        let mut all = vec!["ctl".to_owned(), folder.to_str().unwrap().to_owned()];
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let run = tokio::task::spawn_blocking(move || {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            script(&all)
        });
        run.await.expect("it runs")
    }

    /// Starts it where it was; returns when it answers.
    pub async fn start(&self, server: Server) {
        let folder = self.folder();
        let started = tokio::task::spawn_blocking(move || {
            script(&["start", folder.to_str().unwrap(), server.name()]);
        });
        started.await.expect("it starts");
    }
}

/// Sends a signal by its name to processes of ours. One that is gone already is none of our business.
pub fn send(signal: &str, pids: &[u32]) {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{signal}")).args(pids.iter().map(u32::to_string));
    let _ = kill.stderr(std::process::Stdio::null()).status().expect("kill can be run");
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    children.flat_map(|child| std::iter::once(child).chain(descendants(child))).collect()
}

/// Whether there is such a process; one that nobody has waited for yet is none any more.
fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
