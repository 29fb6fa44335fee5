//! The command line as people and scripts meet it: what it prints, and its exit code.

mod configuration;
mod looking;
mod unreachable;

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{process::Command, time::timeout};

use crate::harness::{Setup, Tropa};

/// A verb of a small program, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a run of the program went.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What it printed, after an exit code of 0.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }
}

/// Runs `tropa` in this folder with nothing in the environment but this.
pub async fn tropa(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tropa"));
    command.env_clear().envs(environment.iter().copied()).current_dir(folder).args(arguments);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.expect("it ends").expect("it can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The same, asking a server.
async fn ask(server: &Tropa, folder: &Path, arguments: &[&str]) -> Run {
    tropa(folder, &[("TROPA_URL", &server.url())], arguments).await
}

#[tokio::test]
async fn usage_is_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["nonsense"][..],
        &["order"],
        &["order", "create"],
        &["order", "get"],
        &["order", "create", "--price", "1", "--tax", "1", "--pickup", "here"],
        &["driver", "move", "a", "91"],
        &["dead-letters", "replay"],
        &["dead-letters", "discard", "--all"],
        &["serve", "--set", "breaker.probes"],
        &["order", "list", "--url", "https://example.org"],
        &["order", "list", "--url", "http://h/path"],
        &["order", "list", "--timeout", "0"],
        &["order", "list", "--output", "xml"],
    ] {
        let run = tropa(folder.path(), &[], arguments).await;
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{run:?}");
    }
    let help = tropa(folder.path(), &[], &["--help"]).await.done();
    for verb in [
        "serve",
        "order",
        "driver",
        "actors",
        "instances",
        "dead-letters",
        "operations",
        "audit-log",
        "migrate",
        "config",
        "doctor",
        "openapi",
    ] {
        assert!(help.contains(&format!("\n  {verb}")), "{verb} is not in\n{help}");
    }
    assert!(tropa(folder.path(), &[], &["--version"]).await.done().starts_with("tropa 0."));
}

#[tokio::test]
async fn a_wrong_number_is_told_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    for heading in ["x", "NaN", "400", "-1"] {
        let run = tropa(folder.path(), &[], &["driver", "move", "joao", "1,1", "--heading", heading]).await;
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("must be a number of degrees from 0 to 360"), "{run:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = tropa(folder.path(), &[], &["order", "list", "--url", &format!("http://{gone}")]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.starts_with(&format!("error: http://{gone} cannot be reached")), "{run:?}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let run = tropa(folder.path(), &[], &["order", "list", "--url", &url, "--timeout", "0.2"]).await;
    assert_eq!((run.code, run.stderr), (Some(1), format!("error: no answer from {url} within 0.2 s\n")));
}

#[tokio::test]
async fn an_order_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Setup::on(folder.path()).with("TROPA_EXAMPLE_DRIVERS", "false").start().await;
    let ask = async |arguments: &[&str]| ask(&server, folder.path(), arguments).await;

    let added = ask(&["driver", "add", "joao", "--name", "João", "--position", "-23.55,-46.63"]).await.done();
    assert!(added.contains("João") && added.contains("-23.55"), "{added}");
    ask(&["driver", "move", "joao", "-23.551,-46.631", "--heading", "90"]).await.done();
    let drivers = ask(&["driver", "list"]).await.done();
    assert!(drivers.lines().nth(1).unwrap().contains("-23.551"), "{drivers}");

    let bill = ["--item", "pizza:1.5:53.20", "--tax", "7.98", "--shipping", "5", "--discount", "5"];
    let create = [&["order", "create", "--id", "cli-1", "--final-price", "87.78"][..], &bill].concat();
    let created =
        ask(&[&create[..], &["--pickup", "-23.55,-46.63", "--customer", "c"]].concat()).await.done();
    assert!(created.contains("79.80") && created.contains("87.78"), "exact amounts: {created}");
    let dispatched = async || ask(&["order", "get", "cli-1", "-o", "json"]).await.json();
    timeout(PATIENCE, async {
        while dispatched().await["status"] != "DISPATCHED" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it is dispatched");
    assert_eq!(dispatched().await["driver"]["id"], "joao");
    let list = ask(&["order", "list", "--status", "DISPATCHED", "--driver", "joao"]).await.done();
    assert!(list.lines().nth(1).unwrap().starts_with("cli-1 "), "{list}");
    let events = ask(&["order", "events", "cli-1"]).await.done();
    assert_eq!(events.lines().count(), 3, "{events}");

    let stale = ask(&["order", "cancel", "cli-1", "--if-match", "1"]).await;
    assert_eq!(stale.code, Some(1));
    assert!(stale.stderr.contains("(412)") && stale.stderr.contains("trace_id: "), "{stale:?}");
    assert!(ask(&["order", "deliver", "cli-1"]).await.done().contains("DELIVERED"));
    let late = ask(&["order", "cancel", "cli-1"]).await;
    assert_eq!(late.code, Some(1));
    assert!(late.stderr.contains("invalid state transition: DELIVERED -> CANCELLED"), "{late:?}");

    let wrong = ask(&["order", "create", "--price=-1", "--tax", "abc"]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("(422)"), "{wrong:?}");
    assert!(wrong.stderr.contains("\n  price: ") && wrong.stderr.contains("\n  tax: "), "{wrong:?}");
    let missing = ask(&["order", "get", "a/b?c"]).await;
    assert!(
        missing.code == Some(1) && missing.stderr.contains("(422)"),
        "one segment of the path: {missing:?}"
    );

    std::fs::write(folder.path().join("order.json"), r#"{"id":"cli-2","price":10,"tax":1}"#).unwrap();
    let file = ["order", "create", "--file", "order.json", "--idempotency-key", "k", "-o", "json"];
    let first = ask(&file).await.json();
    assert_eq!(first["id"], "cli-2");
    assert_eq!(ask(&file).await.json()["created_at"], first["created_at"]);
    assert!(
        ask(&["order", "cancel", "cli-2", "--reason", "soup is cold"]).await.done().contains("soup is cold")
    );
}

#[tokio::test]
async fn actors_and_dead_letters_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let token = "s3cret-s3cret";
    let server = Setup::on(folder.path()).with("TROPA_ADMIN_TOKEN", token).start().await;
    let url = server.url();
    let environment = [("TROPA_URL", url.as_str())];
    let kill = ["actors", "kill", "tropa/outbox/relay", "--reason", "game day", "--epoch", "1"];
    let refused = tropa(folder.path(), &environment, &kill).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("(401)"), "{refused:?}");
    std::fs::write(folder.path().join("token"), format!("{token}\n")).unwrap();
    let file = [&kill[..], &["--admin-token-file", "token"]].concat();
    assert!(
        tropa(folder.path(), &environment, &file)
            .await
            .done()
            .contains("kill sent to tropa/outbox/relay, epoch 1")
    );
    let environment = [environment[0], ("TROPA_ADMIN_TOKEN", token)];
    let ask = async |arguments: &[&str]| tropa(folder.path(), &environment, arguments).await;
    timeout(PATIENCE, async {
        loop {
            let relay = ask(&["actors", "show", "tropa/outbox/relay", "-o", "json"]).await.json();
            if relay["epoch"] == 2 {
                return assert_eq!(relay["last_exit"]["kind"], "killed");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it is replaced");
    let stale = ask(&kill).await;
    assert!(stale.code == Some(1) && stale.stderr.contains("(409)"), "the replacement is not hit: {stale:?}");
    let tree = ask(&["actors", "list"]).await.done();
    assert!(tree.contains("\n  outbox ") && tree.contains("\n    relay "), "{tree}");

    assert_eq!(ask(&["dead-letters", "list"]).await.done(), "none\n");
    assert_eq!(ask(&["dead-letters", "groups", "-o", "json"]).await.done(), "[]\n");
    let dry = ask(&["dead-letters", "replay", "--all", "--dry-run"]).await.done();
    assert!(dry.starts_with("0 match; nothing was done. `--set "), "{dry}");
    let discarded = ask(&["dead-letters", "discard", "--topic", "orders.created", "--reason", "test"]).await;
    assert_eq!(discarded.done(), "0 match, 0 discarded\n");
    let operations = ask(&["operations", "list"]).await.done();
    let listed = operations.lines().nth(1).unwrap();
    assert!(listed.contains("dead_letters.discard") && listed.contains(" done "), "{operations}");
    let id = listed.split_whitespace().next().unwrap();
    assert!(ask(&["operations", "show", id]).await.done().contains("\nreason "), "{id}");
    assert!(ask(&["operations", "stop", id]).await.stderr.contains("(409)"));
    assert!(ask(&["operations", "undo", id]).await.done().contains("dead_letters.restore"));
    let audit = ask(&["audit-log", "list", "--action", "actor.kill"]).await.done();
    assert!(audit.contains(" accepted ") && audit.contains(" refused "), "{audit}");
    let unknown = ["dead-letters", "show", "0197d2f4-0000-7000-8000-000000000000"];
    assert!(ask(&unknown).await.stderr.contains("(404)"));
}

#[tokio::test]
async fn migrate_doctor_and_openapi() {
    let folder = tempfile::tempdir().unwrap();
    let migrated = tropa(folder.path(), &[], &["migrate", "--data-dir", "d", "-o", "json"]).await.json();
    assert!(migrated["schema_version"].as_u64() > Some(0), "{migrated}");
    assert!(folder.path().join("d/tropa.db").is_file());

    let server = Tropa::start(folder.path()).await;
    let url = server.url();
    let environment = [("TROPA_URL", url.as_str()), ("TROPA_DATA_DIR", ".")];
    let busy = tropa(folder.path(), &environment, &["migrate"]).await;
    assert_eq!(busy.code, Some(1), "{busy:?}");
    assert!(busy.stderr.contains(&server.pid().to_string()), "it says who: {busy:?}");

    let free = ["--port", "0", "--grpc-port", "0", "--metrics-port", "0"];
    let healthy = tropa(folder.path(), &environment, &[&["doctor"][..], &free].concat()).await.done();
    let held = format!("held by process {}", server.pid());
    for part in ["configuration no errors", &held, "is ready", "agrees with the server's", "MiB free"] {
        assert!(healthy.contains(part), "{part}\nis not in\n{healthy}");
    }
    assert!(healthy.lines().all(|line| line.starts_with("ok ") || line.starts_with("warn ")), "{healthy}");
    drop(server);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let doctor = [
        "doctor",
        "--port",
        &port,
        "--grpc-port",
        "0",
        "--metrics-port",
        "0",
        "--data-dir",
        "d",
        "-o",
        "json",
    ];
    let ill = tropa(folder.path(), &[("TROPA_URL", &url)], &doctor).await;
    assert_eq!(ill.code, Some(1), "{ill:?}");
    let findings = ill.json();
    let of = |what: &str| {
        findings.as_array().unwrap().iter().find(|f| f["what"] == what).unwrap()["grade"].clone()
    };
    assert_eq!((of("http port"), of("server"), of("data lock")), ("fail".into(), "warn".into(), "ok".into()));
    let bad = tropa(folder.path(), &[], &["doctor", "--port", "x"]).await;
    assert!(bad.code == Some(1) && bad.stdout.contains("fail  configuration"), "{bad:?}");

    let document = tropa(folder.path(), &[], &["openapi"]).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/orders"]["post"].is_object());
}
