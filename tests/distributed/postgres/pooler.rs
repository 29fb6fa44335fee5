//! A pooler between us and the server: said at the start what does not go, and what goes does.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tropa_dispatch::{
    port::{Created, OrderStore, Outbox, StoreError, SystemClock},
    testing::sample::creation,
};
use tropa_postgres::{MigrateError, Options, PostgresStore};

use super::{client, store_on};
use crate::{
    place::{authority, through},
    servers::servers,
};

/// A `PgBouncer` before the servers that all tests share; gone when dropped.
struct PgBouncer {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl PgBouncer {
    fn start(url: &str, mode: &str, ignore: &str) -> Self {
        let (server, folder) = (authority(url), tempfile::tempdir().unwrap());
        let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let port = std::iter::repeat_with(|| fastrand::u16(15_000..32_000)).find(free).unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = {mode}\nignore_startup_parameters = {ignore}\nmax_client_conn = 200\n\
             default_pool_size = 30\n[users]\n",
            server.ip(),
            server.port()
        );
        // Whoever asks for no user's password asks the server as this one.
        fs::write(&settings, text.replace("* = host", "* = user=tropa host")).unwrap();
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        let mut command = Command::new("/usr/sbin/pgbouncer");
        // It refuses to be root.
        command.args(if root { &["-u", "postgres"][..] } else { &[] });
        command.arg(&settings).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("scripts/tools pgbouncer installs it");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "pgbouncer does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, address, _folder: folder }
    }

    fn url(&self, of: &str) -> String {
        through(of, self.address)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn options(url: &str) -> Options {
    Options::new(url, Arc::new(SystemClock))
}

#[tokio::test(flavor = "multi_thread")]
async fn transaction_mode_is_refused_by_name() {
    let direct = servers().database().await;
    let pooler = PgBouncer::start(&direct, "transaction", "options, extra_float_digits");
    let url = pooler.url(&direct);
    for _ in 0..5 {
        let migrated = PostgresStore::migrate(&options(&url)).await;
        assert!(matches!(migrated, Err(MigrateError::Pooled)), "{migrated:?}");
    }
    let store = store_on(&url);
    for refused in [store.check().await.err(), store.create(vec![creation("a")].into()).await.err()] {
        assert!(
            matches!(&refused, Some(StoreError::Unavailable(why)) if why.contains("transaction mode")),
            "{refused:?}"
        );
    }
    let seen = PostgresStore::examine(&options(&url)).await;
    assert!(
        seen.as_ref().is_err_and(|why| why.contains("PgBouncer") && why.contains("pool_mode=session")),
        "{seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn session_mode_goes_and_what_it_leaves_out_is_said() {
    let direct = servers().database().await;
    let strict = PgBouncer::start(&direct, "session", "extra_float_digits");
    let seen = PostgresStore::examine(&options(&strict.url(&direct))).await;
    assert!(seen.as_ref().is_err_and(|why| why.contains("unsupported startup parameter")), "{seen:?}");

    let pooler = PgBouncer::start(&direct, "session", "options, extra_float_digits");
    let store = store_on(&pooler.url(&direct));
    for n in 0..20 {
        let created = store.create(vec![creation(&format!("o{n}"))].into()).await;
        assert_eq!(created, Ok(vec![Created::Stored]));
    }
    assert_eq!(store.claim("relay", 100, Duration::from_mins(1)).await.unwrap().len(), 20);
    // A server that has a timeout of its own has not heard of ours.
    let name = direct.rsplit('/').next().unwrap();
    let set = format!("ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '1min'");
    client(&direct).await.batch_execute(&set).await.unwrap();
    let fresh = PgBouncer::start(&direct, "session", "options, extra_float_digits");
    let seen = PostgresStore::examine(&options(&fresh.url(&direct))).await.unwrap();
    assert!(!seen.heeds_options, "{seen:?}");
    assert!(PostgresStore::examine(&options(&direct)).await.unwrap().heeds_options);
}
