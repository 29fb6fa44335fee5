//! A Redis of a test's own, to be stopped, killed and started again.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tropa_redis::{Connections, Options};

/// A server; gone when dropped.
pub struct OwnRedis {
    pub port: u16,
    folder: tempfile::TempDir,
    settings: Vec<String>,
    child: Child,
}

/// One nobody listens on, outside the range the kernel gives to clients.
fn free_port() -> u16 {
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(15_000..32_000)).find(free).unwrap()
}

fn spawn(folder: &Path, port: u16, settings: &[String]) -> Child {
    let mut server = Command::new("redis-server");
    server.args(["--bind", "127.0.0.1", "--save", "", "--dir", folder.to_str().unwrap()]);
    // Who names a port for TLS wants no other.
    let tls = settings.iter().any(|setting| setting.starts_with("--tls"));
    server.args([if tls { "--tls-port" } else { "--port" }, &port.to_string()]);
    server.args(if tls { &["--port", "0"][..] } else { &[] });
    server.args(settings).stdout(Stdio::null()).spawn().expect("redis-server is installed")
}

impl OwnRedis {
    pub async fn start(settings: &[&str]) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
        let child = spawn(folder.path(), port, &settings);
        let server = Self { port, folder, settings, child };
        server.listens().await;
        server
    }

    async fn listens(&self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "redis-server does not listen");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Connections to it as they are by default.
    pub fn connections(&self) -> Connections {
        self.connections_with(Duration::from_millis(250))
    }

    /// Connections whose calls may take so long.
    pub fn connections_with(&self, timeout: Duration) -> Connections {
        let options = Options::new(format!("redis://127.0.0.1:{}", self.port));
        Connections::open(Options { timeout, ..options }).unwrap()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again where it was, empty.
    pub async fn start_again(&mut self) {
        self.child = spawn(self.folder.path(), self.port, &self.settings);
        self.listens().await;
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "SIG{name}");
    }

    /// SIGSTOP: it keeps its connections and says nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT: it goes on where it was.
    pub fn thaw(&self) {
        self.signal("CONT");
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until it succeeds.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
