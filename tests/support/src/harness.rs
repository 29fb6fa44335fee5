//! The real binary with a data folder of its own, every port chosen by the system.

mod answer;
pub mod faked;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::oneshot,
    time::timeout,
};

pub use answer::{Answer, answer, json};

/// Start to ready, on a machine busy with the other tests.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// What a Tropa started with it as `TROPA_ADMIN_TOKEN` wants to see; the others do not look.
pub const ADMIN_TOKEN: &str = "only-for-tests";

/// How to start a Tropa.
#[derive(Clone, Debug)]
#[must_use]
pub struct Setup {
    data: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Run before the program, in the same process: `ulimit`, `trap`.
    before: Option<String>,
}

impl Setup {
    /// On this data folder.
    pub fn on(data: &Path) -> Self {
        Self { data: data.to_owned(), arguments: Vec::new(), environment: Vec::new(), before: None }
    }

    /// With this environment variable.
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// With these arguments of `serve`.
    pub fn told(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// After these shell commands.
    pub fn after(mut self, shell: &str) -> Self {
        self.before = Some(shell.to_owned());
        self
    }

    fn command(&self) -> Command {
        let binary = crate::tropa();
        let mut command = if let Some(before) = &self.before {
            let mut shell = Command::new("bash");
            shell.arg("-c").arg(format!("{before}; exec \"$0\" serve \"$@\"")).arg(binary);
            shell
        } else {
            let mut direct = Command::new(binary);
            direct.arg("serve");
            direct
        };
        command.args(&self.arguments);
        // Nothing of the tester's own environment, and no configuration file that happens to lie around.
        command.env_clear().current_dir(&self.data);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs([
            ("TROPA_DATA_DIR", self.data.as_os_str()),
            ("WEB_SERVER_PORT", "0".as_ref()),
            ("GRPC_PORT", "0".as_ref()),
            ("METRICS_PORT", "0".as_ref()),
            ("TROPA_LOG_FORMAT", "json".as_ref()),
        ]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Starts it and waits until it serves.
    pub async fn start(&self) -> Tropa {
        match self.try_start().await {
            Ok(tropa) => tropa,
            Err(Refusal { status, log }) => panic!("tropa did not start: {status}\n{log}"),
        }
    }

    /// Starts it and kills it after this time, wherever it has got to.
    pub async fn start_and_kill_after(&self, moment: Duration) {
        let mut child =
            self.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be run");
        tokio::time::sleep(moment).await;
        child.kill().await.expect("it is our child");
    }

    /// Starts it; what it said if it would not.
    pub async fn try_start(&self) -> Result<Tropa, Refusal> {
        let mut child = self.command().spawn().expect("the binary can be run");
        let log = Log::default();
        let (announce, announced) = oneshot::channel();
        let stderr = child.stderr.take().expect("piped");
        let stdout = child.stdout.take().expect("piped");
        let said = tokio::spawn(log.clone().follow(BufReader::new(stderr), Some(announce)));
        tokio::spawn(log.clone().follow(BufReader::new(stdout), None));
        let Ok(answered) = timeout(READY_WITHIN, announced).await else {
            panic!("tropa said no address within {READY_WITHIN:?}:\n{}", log.text());
        };
        let Ok(addresses) = answered else {
            // Standard error was closed: it is gone, or about to go.
            let status = child.wait().await.expect("it is our child");
            let _ = said.await;
            return Err(Refusal { status, log: log.text() });
        };
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Tropa { child, addresses, log, client, data: self.data.clone() })
    }
}

/// A process that would not serve.
#[derive(Debug)]
pub struct Refusal {
    pub status: ExitStatus,
    pub log: String,
}

/// Where a Tropa listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    pub http: SocketAddr,
    pub grpc: SocketAddr,
}

/// Everything the process printed.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    async fn follow(
        self,
        stream: impl tokio::io::AsyncBufRead + Unpin,
        mut announce: Option<oneshot::Sender<Addresses>>,
    ) {
        let mut lines = stream.lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if announce.is_some()
                && let Some(addresses) = addresses(&line)
            {
                let _ = announce.take().expect("just seen").send(addresses);
            }
            let mut text = self.0.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    }
}

/// The addresses in the line that says it serves.
fn addresses(line: &str) -> Option<Addresses> {
    let line: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| line.get(name)?.as_str()?.parse().ok();
    (line["message"] == "serving")
        .then(|| Some(Addresses { http: address("http")?, grpc: address("grpc")? }))?
}

/// A running Tropa. It is killed when dropped.
pub struct Tropa {
    child: Child,
    addresses: Addresses,
    log: Log,
    client: Client<HttpConnector, Full<Bytes>>,
    data: PathBuf,
}

impl Tropa {
    /// On this folder, with the defaults.
    pub async fn start(data: &Path) -> Self {
        Setup::on(data).start().await
    }

    /// `http://127.0.0.1:…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addresses.http)
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data.join("tropa.db")
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it was not waited for")
    }

    /// Sends a signal by name, `TERM` or `INT`, to this process alone.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = std::process::Command::new("kill").args([format!("-{name}"), pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name} failed");
    }

    /// Waits for its own end.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let Ok(status) = timeout(within, self.child.wait()).await else {
            panic!("still running after {within:?}:\n{}", self.log());
        };
        status.expect("it is our child")
    }

    /// Sends a request; an error when no whole answer came.
    pub async fn send(&self, request: http::Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        answer(&self.client, request).await
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(http::Request::get(self.url() + path).body(Full::default())?).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.tell(http::Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.tell(http::Method::PUT, path, body).await
    }

    async fn tell(&self, method: http::Method, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let request = http::Request::builder().method(method).uri(self.url() + path);
        let request = request.header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {ADMIN_TOKEN}"));
        self.send(request.body(json(body))?).await
    }

    /// A driver who takes orders, here and now.
    pub async fn enter_driver(&self, id: &str, lat: f64, lng: f64) {
        let driver = serde_json::json!({ "name": id, "status": "available" });
        let entered = self.put(&format!("/api/v1/drivers/{id}"), &driver).await.expect("an answer");
        assert!([200, 201].contains(&entered.status), "{entered:?}");
        let place = serde_json::json!({ "lat": lat, "lng": lng });
        let seen = self.post(&format!("/api/v1/drivers/{id}/position"), &place).await.expect("an answer");
        assert_eq!(seen.status, 200, "{seen:?}");
    }
}
