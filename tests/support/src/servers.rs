//! The servers of a test run: those in the folder `TROPA_TEST_SERVERS` (`make test` starts them), or a set of our own that
//! ends with this process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::NoTls;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(20);

/// Where they are.
pub struct Servers {
    folder: PathBuf,
    database: String,
    broker: String,
    redis: String,
    /// `host:port` of RabbitMQ's management API; the user is `guest`.
    admin: String,
}

/// A place of its own in Redis.
pub struct RedisPlace {
    pub url: String,
    pub prefix: String,
}

/// The servers, started at the first call.
pub fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| {
        if let Some(given) = std::env::var_os("TROPA_TEST_SERVERS") {
            return Servers::of(Path::new(&given));
        }
        Servers::start("test")
    })
}

/// Has the servers stopped and their folder removed once this process is gone, however it goes.
#[allow(clippy::zombie_processes, reason = "the watcher outlives whoever could wait for it")]
pub fn own(folder: &Path) {
    let (script, pid) = (script_path(), std::process::id().to_string());
    let end = r#""$0" own "$1" "$2"; rm -rf "$1""#;
    let mut watcher = Command::new("setsid");
    watcher.args(["bash", "-c", end]).arg(script).arg(folder).arg(pid);
    watcher.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
}

pub fn script_path() -> PathBuf {
    crate::root().join("scripts/servers")
}

/// Runs `scripts/servers`; returns what it printed.
pub fn script(arguments: &[&str]) -> String {
    let output = Command::new(script_path()).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "scripts/servers {arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

impl Servers {
    /// A set of our own, that ends with this process.
    pub fn start(name: &str) -> Self {
        Self::start_only(name, &[])
    }

    /// Some servers of our own, that end with this process; all of them when none is named.
    pub fn start_only(name: &str, which: &[&str]) -> Self {
        // Not below `target`: servers that run as another user must be able to reach it.
        let folder = std::env::temp_dir().join(format!("tropa-{name}-servers-{}", std::process::id()));
        // Before they are: who is interrupted while they start leaves none behind.
        std::fs::create_dir_all(&folder).unwrap();
        own(&folder);
        script(&[&["start", folder.to_str().unwrap()], which].concat());
        Self::of(&folder)
    }

    fn of(folder: &Path) -> Self {
        let told = script(&["env", folder.to_str().unwrap()]);
        let value = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("no {name} in {told}")).to_owned()
        };
        let admin = value("RABBITMQ_ADMIN_URL").rsplit_once('@').unwrap().1.to_owned();
        Self {
            folder: folder.to_owned(),
            database: value("DATABASE_URL"),
            broker: value("AMQP_URL"),
            redis: value("REDIS_URL"),
            admin,
        }
    }

    /// The folder `scripts/servers` keeps them in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The URL of a fresh, empty database.
    pub async fn database(&self) -> String {
        let name = fresh("tropa_test");
        let (client, connection) = tokio_postgres::connect(&self.database, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
        format!("{}/{name}", self.database.rsplit_once('/').unwrap().0)
    }

    /// The AMQP URL of a fresh vhost.
    pub async fn vhost(&self) -> String {
        let name = fresh("tropa-test");
        let status = self.administer("PUT", &format!("/api/vhosts/{name}"), "").await.0;
        assert!(status == 201 || status == 204, "creating vhost {name}: {status}");
        format!("{}/{name}", self.broker)
    }

    /// A key prefix nobody else uses.
    pub fn redis(&self) -> RedisPlace {
        RedisPlace { url: self.redis.clone(), prefix: fresh("tropa-test") }
    }

    /// A request to RabbitMQ's management API with a JSON body; status and body of the answer.
    pub async fn administer(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let ask = async {
            let mut socket = TcpStream::connect(&self.admin).await?;
            // Basic authentication of guest:guest.
            let head = format!(
                "{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                self.admin,
                body.len()
            );
            socket.write_all(head.as_bytes()).await?;
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        let answer = tokio::time::timeout(PATIENCE, ask).await.expect("management API answers").unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.unwrap_or_else(|| panic!("no HTTP answer: {answer:?}")), body.to_owned())
    }
}

fn fresh(what: &str) -> String {
    let separator = if what.contains('_') { '_' } else { '-' };
    format!("{what}{separator}{}", Uuid::now_v7().simple())
}

#[tokio::test]
async fn each_test_has_a_place_of_its_own() {
    let servers = servers();
    assert!(servers.folder().join("ports").is_file());
    let (one, other) = (servers.database().await, servers.database().await);
    assert_ne!(one, other);
    let (client, connection) = tokio_postgres::connect(&one, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE mine (id INT)").await.unwrap();

    let vhost = servers.vhost().await;
    let connected = lapin::Connection::connect(&vhost, lapin::ConnectionProperties::default()).await.unwrap();
    connected.close(200, "done".into()).await.unwrap();

    let place = servers.redis();
    assert_ne!(place.prefix, servers.redis().prefix);
    let mut redis =
        ::redis::Client::open(place.url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let pong: String = ::redis::cmd("PING").query_async(&mut redis).await.unwrap();
    assert_eq!(pong, "PONG");
}
