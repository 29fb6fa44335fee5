//! `tropa doctor`, `migrate` and `config` before the first start.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::{
    harness::faked,
    place::{Place, authority, through},
};

/// Runs a verb with this environment; its exit code and what it printed.
async fn tropa(environment: &[(&str, String)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tropa"));
    command.env_clear().current_dir(&folder).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command.envs([("TROPA_MODE", "distributed"), ("WEB_SERVER_PORT", "0"), ("GRPC_PORT", "0")]);
    command.envs([("METRICS_PORT", "0"), ("TROPA_URL", "http://127.0.0.1:9")]);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = tokio::time::timeout(crate::place::PATIENCE, command.output()).await;
    let output = output.expect("it ends").expect("it can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What the doctor found of one thing: grade and detail, one finding a line.
async fn finds(environment: &[(&str, String)], what: &str) -> String {
    let (_, stdout, stderr) = tropa(environment, &["doctor", "--output", "json"]).await;
    let findings: Vec<Value> =
        serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}"));
    let of = findings.iter().filter(|finding| finding["what"] == what);
    of.map(|finding| format!("{} {}", finding["grade"], finding["detail"])).collect::<Vec<_>>().join("\n")
}

fn environment(place: &Place) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", place.database.clone()),
        ("AMQP_URL", place.broker.clone()),
        ("REDIS_URL", place.redis.url.clone()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_how_the_servers_stand() {
    let place = Place::new().await;
    let mut environment = environment(&place);
    assert!(finds(&environment, "postgresql").await.contains("schema version 0, serve brings it to"));
    assert!(finds(&environment, "rabbitmq").await.contains("its queues are not there yet"));
    let redis = finds(&environment, "redis").await;
    assert!(
        redis.contains("\"ok\"") && redis.contains("version 7") && redis.contains("not encrypted"),
        "{redis}"
    );
    // Each has done what it is there for, and nothing of it stays.
    for (server, did) in
        [("postgresql", "takes writes"), ("rabbitmq", "takes messages"), ("redis", "claims drivers")]
    {
        let found = finds(&environment, server).await;
        assert!(found.contains("\"ok\"") && found.contains(did), "{server}: {found}");
    }
    assert!(finds(&environment, "postgresql").await.contains("schema version 0"), "no table stays");
    let mut redis = redis::Client::open(place.redis.url.clone())
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let left: Vec<String> = redis::cmd("KEYS").arg("*doctor*").query_async(&mut redis).await.unwrap();
    assert_eq!(left, Vec::<String>::new());

    let (code, stdout, stderr) = tropa(&environment, &["migrate"]).await;
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("is at schema version"), "{stdout}");
    let database = finds(&environment, "postgresql").await;
    assert!(database.contains("\"ok\"") && !database.contains("serve brings it"), "{database}");

    let wrong: Vec<_> = environment.iter().cloned().chain(faked::off("-1h")).collect();
    let database = finds(&wrong, "postgresql").await;
    assert!(database.contains("this machine's clock is -36"), "{database}");

    // Port 9, 'discard': nobody has it.
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    assert_eq!(authority(&place.database).ip(), nowhere.ip());
    environment[0].1 = through(&place.database, nowhere);
    environment[1].1 = place.broker.replacen("guest:guest", "guest:wrong", 1);
    environment[2].1 = through(&place.redis.url, nowhere);
    environment.push(("TROPA_FLEET_ENDPOINT", format!("http://{nowhere}")));
    for (server, said) in [
        ("postgresql", "nothing listens there"),
        ("rabbitmq", "does not take these credentials"),
        ("redis", "nothing listens there"),
        ("fleet service", "nothing listens there"),
    ] {
        let found = finds(&environment, server).await;
        assert!(found.contains("\"fail\"") && found.contains(said), "{server}: {found}");
    }
    let (code, _, stderr) = tropa(&environment, &["doctor"]).await;
    assert_eq!(code, Some(1), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_servers_the_configuration_is_refused() {
    for verb in [&["serve"][..], &["migrate"], &["config", "check"]] {
        let (code, _, stderr) = tropa(&[("TROPA_ROLES", "intake,console".to_owned())], verb).await;
        assert_eq!(code, Some(64), "{verb:?}: {stderr}");
        for named in ["DATABASE_URL", "AMQP_URL", "REDIS_URL", "TROPA_ROLES"] {
            assert!(stderr.contains(named), "{verb:?}: {named} is not in {stderr}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_not_shown() {
    let hush = |scheme: &str| format!("{scheme}://tropa:s3cret@127.0.0.1:9/x");
    let environment =
        [("DATABASE_URL", hush("postgres")), ("AMQP_URL", hush("amqp")), ("REDIS_URL", hush("redis"))];
    for arguments in [&["config", "show"][..], &["doctor"]] {
        let (_, stdout, stderr) = tropa(&environment, arguments).await;
        assert!(!stdout.contains("s3cret") && !stderr.contains("s3cret"), "{stdout}{stderr}");
        assert!(stdout.contains("********") || stdout.contains("postgresql"), "{stdout}");
    }
}
