//! Wrong values are named, all of them; the strongest origin wins; secrets stay inside.

mod servers;

use std::{fs, time::Duration};

use tempfile::TempDir;

use super::*;

/// A folder with a `tropa.toml`, and what the environment says.
fn origins(file: &str, environment: &[(&str, &str)]) -> (TempDir, Origins) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tropa.toml"), file).unwrap();
    let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let origins = Origins { environment, folder: folder.path().to_owned(), ..Origins::none() };
    (folder, origins)
}

fn flag(name: &'static str, key: &str, value: &str) -> Flag {
    Flag { name, key: key.to_owned(), value: value.to_owned() }
}

fn entry<'a>(config: &'a Config, key: &str) -> &'a Entry {
    config.entries.iter().find(|entry| entry.key == key).unwrap()
}

/// The errors of an environment, as they are printed.
fn errors(file: &str, environment: &[(&str, &str)]) -> String {
    let (_folder, origins) = origins(file, environment);
    load(origins).unwrap_err().to_string()
}

#[test]
fn nothing_set_is_the_product() {
    let config = load(Origins::none()).unwrap();
    assert_eq!((config.http.port, config.http.grpc_port, config.http.metrics_port), (8000, 50_051, 2112));
    assert!(config.http.bind.is_loopback());
    assert!(config.telemetry.otlp_endpoint.is_none() && config.admin.token.is_none());
    assert!(config.dispatch_settings().example_drivers, "in development");
    assert_eq!(format!("{:?}", config.dispatch), format!("{:?}", Settings::default()));
    assert!(
        config.entries.iter().all(|entry| entry.origin == Origin::Default && entry.value == entry.default)
    );
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn every_setting_takes_its_own_default_back_as_text() {
    let defaults = load(Origins::none()).unwrap();
    let settings = defaults.entries.iter();
    let environment = settings.filter_map(|e| Some((e.variable.to_owned(), e.default.clone()?))).collect();
    let again = load(Origins { environment, ..Origins::none() }).unwrap();
    let values = |config: &Config| config.entries.iter().map(|e| e.value.clone()).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&defaults));
}

#[test]
fn a_receiver_of_traces_needs_no_scheme() {
    for (written, read) in [
        ("localhost:4317", "http://localhost:4317"),
        ("https://otel.example:4317", "https://otel.example:4317"),
    ] {
        let (_folder, origins) = origins("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", written)]);
        assert_eq!(load(origins).unwrap().telemetry.otlp_endpoint.as_deref(), Some(read));
    }
    for wrong in ["localhost:port", ":4317", "ftp://collector:4317", "a b:4317"] {
        assert!(errors("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", wrong)]).contains("host:port"), "{wrong}");
    }
}

#[test]
fn what_the_scripts_read_is_not_said_to_be_unread() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let scripts = fs::read_dir(root.join("scripts")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["Makefile", "docker/compose.yaml", ".ci/run"].map(|file| root.join(file));
    let texts: String =
        scripts.chain(others).filter_map(|file| fs::read_to_string(file).ok()).collect::<Vec<_>>().join("\n");
    let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let names = texts.match_indices("TROPA_").map(|(at, _)| &texts[at..]);
    let names = names.map(|rest| rest.split(|c| !word(c)).next().unwrap().to_owned());
    // Only whether a name is known: a value of 1 is wrong for many.
    let warned: Vec<_> = names
        .filter(|name| {
            let (_folder, origins) = origins("", &[(name, "1")]);
            load(origins).is_ok_and(|config| config.warnings.iter().any(|w| w.contains("nobody reads")))
        })
        .collect();
    assert!(warned.is_empty(), "{warned:?}");
    let (_folder, origins) = origins("", &[("TROPA_NOBODY", "1")]);
    assert_eq!(load(origins).unwrap().warnings, ["TROPA_NOBODY is set, and nobody reads it"]);
}

#[test]
fn a_secret_in_dotenv_is_what_is_written() {
    let (folder, origins) = origins("", &[]);
    fs::write(folder.path().join(".env"), "TROPA_ADMIN_TOKEN=pa$HOMEss#word-long-enough\n").unwrap();
    let config = load(origins).unwrap();
    assert_eq!(config.admin.token.unwrap().expose(), "pa$HOMEss#word-long-enough");
    let [warning] = &config.warnings[..] else { panic!("{:?}", config.warnings) };
    assert!(warning.starts_with("TROPA_ADMIN_TOKEN in ") && !warning.contains("HOMEss"), "{warning}");
}

#[test]
fn each_role_has_a_token_of_its_own() {
    let admin = ("TROPA_ADMIN_TOKEN", "of-the-admin");
    let (_folder, all) =
        origins("", &[admin, ("TROPA_OPERATOR_TOKEN", "of-operators"), ("TROPA_VIEWER_TOKEN", "of-viewers")]);
    let config = load(all).unwrap();
    assert_eq!(config.admin.viewer_token.unwrap().expose(), "of-viewers");
    for wrong in [
        &[("TROPA_VIEWER_TOKEN", "of-viewers")][..],
        &[admin, ("TROPA_OPERATOR_TOKEN", "of-the-admin")],
        &[admin, ("TROPA_OPERATOR_TOKEN", "of-operators"), ("TROPA_VIEWER_TOKEN", "of-operators")],
    ] {
        let said = errors("", wrong);
        assert!(said.contains(wrong.last().unwrap().0) && !said.contains("of-"), "{said}");
    }
}

#[test]
fn names_are_unique() {
    let entries = load(Origins::none()).unwrap().entries;
    for names in
        [entries.iter().map(|e| e.key).collect::<Vec<_>>(), entries.iter().map(|e| e.variable).collect()]
    {
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
    }
}

#[test]
fn the_strongest_origin_wins() {
    let file = "[http]\nport = 1\nworkers = 3\n[breaker]\nfailure_rate = 0.5\n[dispatch]\nsearch_radii_metres = [10, 20.5]";
    let environment = [("WEB_SERVER_PORT", "2"), ("GRPC_PORT", "22"), ("TROPA_LOG", "")];
    let (folder, mut origins) = origins(file, &environment);
    fs::write(folder.path().join(".env"), "GRPC_PORT=4\nMETRICS_PORT=5\nTROPA_HTTP_WORKERS=6 # six\n")
        .unwrap();
    origins.flags = vec![flag("--port", "http.port", "3")];
    let config = load(origins).unwrap();
    assert_eq!(config.http.port, 3);
    assert_eq!(entry(&config, "http.port").origin, Origin::Flag("--port".to_owned()));
    assert_eq!(config.http.grpc_port, 22);
    assert_eq!(entry(&config, "grpc.port").origin, Origin::Environment);
    assert_eq!(config.http.metrics_port, 5);
    assert_eq!(entry(&config, "metrics.port").origin, Origin::DotEnv(folder.path().join(".env")));
    assert_eq!(config.http.limits.workers, 6, ".env goes before the file");
    assert!((config.dispatch.breaker.failure_rate - 0.5).abs() < f64::EPSILON);
    assert_eq!(entry(&config, "breaker.failure_rate").origin, Origin::File(folder.path().join("tropa.toml")));
    assert_eq!(config.dispatch.search_radii_m, [10.0, 20.5]);
    assert_eq!(entry(&config, "telemetry.log").origin, Origin::Default, "an empty variable is not set");
}

#[test]
fn dotenv_is_not_read_in_production() {
    for (place, expected) in [("file", 8000), ("environment", 8000), ("dotenv", 7)] {
        let production = |here: &str, text: &'static str| if here == place { text } else { "" };
        let (folder, origins) = origins(
            production("file", "env = \"production\""),
            &[("TROPA_ENV", production("environment", "production"))],
        );
        let dotenv = format!("WEB_SERVER_PORT=7\n{}", production("dotenv", "TROPA_ENV=production"));
        fs::write(folder.path().join(".env"), dotenv).unwrap();
        let config = load(origins).unwrap();
        assert_eq!((config.http.port, place), (expected, place));
        assert!(!config.dispatch_settings().example_drivers, "{place}");
    }
}

#[test]
fn no_radius_is_taken_that_the_fleet_would_refuse() {
    let said = errors("", &[("TROPA_SEARCH_RADII_METRES", "5000,200001")]);
    assert!(said.contains("must be ascending numbers from 1 to 200000 with commas between"), "{said}");
}

#[test]
fn every_wrong_value_is_named_at_once() {
    let file = "grpc = 1\n[http]\nprot = 1\nworkers = 0\n[dispatch]\nfoo = 1";
    let said = errors(
        file,
        &[
            ("WEB_SERVER_PORT", "70000"),
            ("TROPA_BIND", "localhost"),
            ("TROPA_BREAKER_FAILURE_RATE", "60"),
            ("TROPA_DISPATCH_DEADLINE_SECONDS", "2m"),
            ("TROPA_AUTO_REDISPATCH", "maybe"),
            ("TROPA_LOG", "info,=loud"),
            ("TROPA_LOG_FORMAT", "xml"),
            ("TROPA_SEARCH_RADII_METRES", "5000,1000"),
            ("TROPA_DEFAULT_PICKUP", "91,0"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector:4317"),
            ("TROPA_RETRY_MAX_SECONDS", "0.5"),
            ("TROPA_MODE", "distributed"),
            ("TROPA_FLEET_ENDPOINT", "http://a:1,ftp://b"),
            ("TROPA_ROLES", "intake,console"),
            ("TROPA_GRPC_CERT", "/some/cert.pem"),
            ("AMQP_URL", "amqp://user:hush@broker:567z"),
        ],
    );
    for line in [
        "the configuration has 21 errors:",
        r#"WEB_SERVER_PORT = "70000" (environment): must be a port from 0 to 65535 (0 = any free one)"#,
        r#"TROPA_BIND = "localhost" (environment): must be an IP address, such as 127.0.0.1, 0.0.0.0 or ::"#,
        r#"TROPA_BREAKER_FAILURE_RATE = "60" (environment): must be a number from 0.01 to 1"#,
        r#"TROPA_DISPATCH_DEADLINE_SECONDS = "2m" (environment): must be seconds, from 0 to 604800"#,
        r#"TROPA_AUTO_REDISPATCH = "maybe" (environment): must be true or false"#,
        r#"TROPA_LOG = "info,=loud" (environment): must be levels, such as warn or info,tropa=debug"#,
        r#"TROPA_LOG_FORMAT = "xml" (environment): must be auto or json or human"#,
        r#"TROPA_SEARCH_RADII_METRES = "5000,1000" (environment): must be ascending numbers"#,
        r#"TROPA_DEFAULT_PICKUP = "91,0" (environment): must be latitude,longitude in degrees"#,
        r#"OTEL_EXPORTER_OTLP_ENDPOINT = "ftp://collector:4317" (environment): must be host:port or a URL such as http://"#,
        "TROPA_RETRY_MAX_SECONDS = 0.5 (environment): must not be less than TROPA_RETRY_INITIAL_SECONDS",
        "TROPA_FLEET_ENDPOINT = \"http://a:1,ftp://b\" (environment): must be URLs such as http://host:port or https://",
        r#"TROPA_ROLES = "intake,console" (environment): must be some of intake,relay,worker,fleet with commas"#,
        "TROPA_GRPC_KEY is not set: must be set when TROPA_GRPC_CERT is",
        "DATABASE_URL is not set: must be set in distributed mode; or its parts, from DB_HOST on",
        "AMQP_URL = ******** (environment): must be a URL such as amqp://host:port or amqps://host:port",
        "REDIS_URL is not set: must be set in distributed mode",
        r#"http.workers = "0" ("#,
        "http.prot (",
        "tropa.toml): unknown key; did you mean http.port?",
        "dispatch.foo (",
        "grpc (",
        "tropa.toml): is a section, and has keys of its own, not a value",
    ] {
        assert!(said.contains(line), "{line}\nis not in\n{said}");
    }
    let foo = said.lines().find(|line| line.contains("dispatch.foo")).unwrap();
    assert!(foo.ends_with("tropa.toml): unknown key"), "no key is near: {foo}");
}

#[test]
fn files_that_cannot_be_read_are_errors() {
    assert!(errors("[http]\nport 1", &[]).contains("tropa.toml: line 2 is not TOML: "));
    assert!(errors("", &[("TROPA_CONFIG", "/no/such/file")]).contains("/no/such/file: cannot be read: "));
    let (folder, mut origins) = origins("", &[("DB_HOST", "x")]);
    fs::write(folder.path().join(".env"), "A=1\nnot a line, s3cret\n").unwrap();
    origins.file = Some(folder.path().join("other.toml"));
    let said = load(origins).unwrap_err().to_string();
    assert!(said.contains("2 errors") && said.contains(".env: line 2 is not NAME=value"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn ports_must_differ_unless_they_are_free_ones() {
    let said = errors("", &[("GRPC_PORT", "8000")]);
    assert!(
        said.contains("GRPC_PORT = 8000 (environment): must not be the port of WEB_SERVER_PORT too"),
        "{said}"
    );
    let (_folder, free) = origins("", &[("WEB_SERVER_PORT", "0"), ("GRPC_PORT", "0"), ("METRICS_PORT", "0")]);
    assert_eq!(load(free).unwrap().http.port, 0);
}

#[test]
fn secrets_are_masked_and_may_lie_in_files() {
    let (folder, mut origins) = origins("[database]\nhost = \"db\"\npassword = \"p@ss/word\"", &[]);
    let file = folder.path().join("token");
    fs::write(&file, "s3cret-token\n").unwrap();
    origins.environment.insert("TROPA_ADMIN_TOKEN_FILE".to_owned(), file.display().to_string());
    let config = load(origins).unwrap();
    assert_eq!(config.admin.token.as_ref().unwrap().expose(), "s3cret-token");
    assert_eq!(
        config.servers.database.url.as_ref().unwrap().expose(),
        "postgres://tropa:p%40ss%2Fword@db:5432/tropa?sslmode=prefer"
    );
    assert_eq!(entry(&config, "admin.token").value.as_deref(), Some("********"));
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("p@ss") && !shown.contains("p%40"), "{shown}");
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let said = errors("", &[("TROPA_ADMIN_TOKEN", "short"), ("DATABASE_URL", "mysql://u:hush@h/d")]);
    assert!(
        said.contains("TROPA_ADMIN_TOKEN = ******** (environment): must be a text of 8 to 1024"),
        "{said}"
    );
    assert!(
        said.contains("DATABASE_URL = ******** (environment): must be a URL such as postgres://"),
        "{said}"
    );
    assert!(!said.contains("short") && !said.contains("hush"), "{said}");
    let both = errors("", &[("TROPA_ADMIN_TOKEN", "long-enough"), ("TROPA_ADMIN_TOKEN_FILE", "/f")]);
    assert!(both.contains("TROPA_ADMIN_TOKEN and TROPA_ADMIN_TOKEN_FILE are both set"), "{both}");
    let gone = errors("", &[("TROPA_ADMIN_TOKEN_FILE", "/no/such/file")]);
    assert!(gone.contains("/no/such/file: TROPA_ADMIN_TOKEN_FILE (environment) cannot be read"), "{gone}");
}

#[test]
fn unread_variables_warn() {
    let environment = [("TROPA_BREAKER_WINDOWS_SECONDS", "1"), ("TROPA_URL", "http://h"), ("PATH", "/bin")];
    let (_folder, origins) = origins("", &environment);
    let warnings = load(origins).unwrap().warnings;
    let expected = "TROPA_BREAKER_WINDOWS_SECONDS is set, and nobody reads it; did you mean TROPA_BREAKER_WINDOW_SECONDS?";
    assert_eq!(warnings, [expected]);
}

#[test]
fn an_unknown_flag_key_is_refused() {
    let flags = vec![flag("--set", "breaker.probs", "1"), flag("--set", "breaker.probes", "7")];
    let errors = load(Origins { flags: flags.clone(), ..Origins::none() }).unwrap_err();
    assert_eq!(errors.0.len(), 1);
    assert_eq!(errors.0[0].to_string(), "--set breaker.probs: unknown key; did you mean breaker.probes?");
    let config = load(Origins { flags: flags[1..].to_vec(), ..Origins::none() }).unwrap();
    assert_eq!((config.dispatch.breaker.probes, config.dispatch.fleet_deadline), (7, Duration::from_secs(2)));
}
