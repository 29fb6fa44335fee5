//! What the program says of its configuration, right and wrong.

use super::tropa;

#[tokio::test]
async fn a_bad_configuration_is_64_and_says_everything() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tropa.toml"), "[http]\nprot = 1\n").unwrap();
    let environment = [("GRPC_PORT", "x"), ("TROPA_ADMIN_TOKEN", "short")];
    for arguments in [
        &["serve", "--port", "70000"][..],
        &["config", "check", "--port", "70000"],
        &["config", "show", "--port", "70000"],
        &["migrate", "--port", "70000"],
    ] {
        let run = tropa(folder.path(), &environment, arguments).await;
        assert_eq!(run.code, Some(64), "{arguments:?}: {run:?}");
        for part in [
            "the configuration has 4 errors:",
            r#"http.port = "70000" (--port): must be a port"#,
            r#"GRPC_PORT = "x" (environment): must be a port"#,
            "TROPA_ADMIN_TOKEN = ******** (environment): must be a text of 8",
            "tropa.toml): unknown key; did you mean http.port?",
        ] {
            assert!(run.stderr.contains(part), "{part}\nis not in\n{}", run.stderr);
        }
        assert!(run.stdout.is_empty() && !run.stderr.contains("short"), "{run:?}");
    }
    std::fs::write(folder.path().join(".env"), "hush\nA=1\n2B=hush\n").unwrap();
    let dotenv = tropa(folder.path(), &[], &["config", "check"]).await;
    for part in [".env: line 1 is not NAME=value", ".env: line 3 is not NAME=value"] {
        assert!(dotenv.stderr.contains(part), "{part}\nis not in\n{}", dotenv.stderr);
    }
    let distributed =
        tropa(tempfile::tempdir().unwrap().path(), &[], &["serve", "--mode", "distributed"]).await;
    assert_eq!(distributed.code, Some(64));
    for part in ["DATABASE_URL is not set", "AMQP_URL is not set", "REDIS_URL is not set"] {
        assert!(distributed.stderr.contains(part), "{part}\nis not in\n{}", distributed.stderr);
    }
}

#[tokio::test]
async fn the_configuration_is_shown_with_its_origins_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other.toml"), "[breaker]\nprobes = 7\n").unwrap();
    std::fs::write(folder.path().join(".env"), "METRICS_PORT=2113\n").unwrap();
    let environment =
        [("WEB_SERVER_PORT", "8001"), ("TROPA_ADMIN_TOKEN", "s3cret-s3cret"), ("TROPA_NOBODY", "1")];
    let arguments = [
        "config",
        "show",
        "--config",
        "other.toml",
        "--set",
        "fleet.deadline_seconds=0.5",
        "--grpc-port",
        "0",
    ];
    let run = tropa(folder.path(), &environment, &[&arguments[..], &["--output", "json"]].concat()).await;
    let entries = run.json();
    let of = |key: &str| {
        let entry = entries.as_array().unwrap().iter().find(|entry| entry["key"] == key).unwrap();
        (entry["value"].as_str().unwrap().to_owned(), entry["origin"].as_str().unwrap().to_owned())
    };
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(of("http.port"), pair("8001", "environment"));
    assert_eq!(of("metrics.port"), pair("2113", "./.env"));
    assert_eq!(of("grpc.port"), pair("0", "--grpc-port"));
    assert_eq!(of("fleet.deadline_seconds"), pair("0.5", "--set"));
    assert_eq!(of("breaker.probes"), pair("7", "other.toml"));
    assert_eq!(of("bind"), pair("127.0.0.1", "default"));
    assert_eq!(of("admin.token"), pair("********", "environment"));
    assert!(run.stderr.contains("TROPA_NOBODY is set, and nobody reads it"), "{}", run.stderr);
    let table = tropa(folder.path(), &environment, &arguments).await.done();
    assert!(
        table.lines().any(|line| line.starts_with("http.port ") && line.ends_with(" environment")),
        "{table}"
    );
    assert!(!table.contains("s3cret") && !run.stdout.contains("s3cret"));
    let checked = tropa(folder.path(), &environment, &["config", "check"]).await.done();
    assert!(checked.ends_with("the configuration is right\n"), "{checked}");
}

#[tokio::test]
async fn files_that_are_named_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let key = rcgen::KeyPair::generate().unwrap();
    let chain = rcgen::CertificateParams::new(vec!["tropa".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(at("chain.pem"), chain.pem()).unwrap();
    std::fs::write(at("key.pem"), key.serialize_pem()).unwrap();
    let check = async |cert: &str, key: &str, ca: &str| {
        let files = [("TROPA_GRPC_CERT", at(cert)), ("TROPA_GRPC_KEY", at(key)), ("TROPA_TLS_CA", at(ca))];
        let files: Vec<_> = files.iter().map(|(name, path)| (*name, path.as_str())).collect();
        tropa(folder.path(), &files, &["config", "check"]).await
    };
    assert_eq!(check("chain.pem", "key.pem", "chain.pem").await.done(), "the configuration is right\n");
    let wrong = check("key.pem", "chain.pem", "nothing.pem").await;
    assert_eq!(wrong.code, Some(64), "{wrong:?}");
    for part in [
        "the configuration has 3 errors:",
        "key.pem: has no certificate in it",
        "chain.pem: has no private key in it",
        "nothing.pem: cannot be read: No such file",
    ] {
        assert!(wrong.stderr.contains(part), "{part}\nis not in\n{}", wrong.stderr);
    }
}

#[tokio::test]
async fn an_empty_variable_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        ["TROPA_URL", "TROPA_CONFIG", "TROPA_TIMEOUT_SECONDS", "TROPA_ADMIN_TOKEN", "WEB_SERVER_PORT"];
    let checked = tropa(folder.path(), &names.map(|name| (name, "")), &["config", "check"]).await;
    assert_eq!(checked.done(), "the configuration is right\n");
}
