//! The settings of distributed mode.

use super::*;

/// What distributed mode cannot do without, given in the three ways there are.
const SERVERS: [(&str, &str); 4] = [
    ("TROPA_MODE", "distributed"),
    ("DATABASE_URL", "postgres://tropa:s3cret@db/tropa?sslmode=verify-full"),
    ("RABBITMQ_HOST", "broker"),
    ("REDIS_HOST", "cache"),
];

fn distributed(more: &[(&str, &str)]) -> Config {
    let environment = [&SERVERS, more].concat();
    load(Origins { host: "machine-7".to_owned(), ..origins("", &environment).1 }).unwrap()
}

#[test]
fn distributed_mode_knows_its_servers() {
    let config = distributed(&[("REDIS_PASSWORD", "a/b"), ("TROPA_TLS_CA", "/etc/ca.pem")]);
    assert_eq!(config.instance.mode, Mode::Distributed);
    let servers = &config.servers;
    assert_eq!(servers.database.url.as_ref().unwrap().expose(), SERVERS[1].1);
    assert_eq!(servers.broker.url.as_ref().unwrap().expose(), "amqp://guest@broker:5672");
    assert_eq!(servers.redis.url.as_ref().unwrap().expose(), "redis://:a%2Fb@cache:6379");
    assert_eq!(servers.ca.as_deref(), Some("/etc/ca.pem".as_ref()));
    assert_eq!(entry(&config, "database.url").value.as_deref(), Some("********"));
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn an_instance_has_a_name_of_its_own() {
    let name = |more: &[(&str, &str)]| distributed(more).instance.name;
    assert_eq!(name(&[]), "machine-7-8000");
    assert_eq!(name(&[("WEB_SERVER_PORT", "8001")]), "machine-7-8001");
    assert_eq!(name(&[("TROPA_INSTANCE", "a")]), "a");
    let free = [("WEB_SERVER_PORT", "0")];
    assert!(name(&free).starts_with("machine-7-") && name(&free) != name(&free), "{}", name(&free));
    assert_eq!(load(Origins::none()).unwrap().instance.name, "tropa");
}

#[test]
fn what_would_be_ignored_or_could_not_be_said_is_refused() {
    let refused = |more: (&str, &str)| errors("", &[&SERVERS[..], &[more]].concat());
    for name in ["all", "eu/api", "two words"] {
        assert!(refused(("TROPA_INSTANCE", name)).contains("TROPA_INSTANCE"), "{name}");
    }
    assert!(refused(("TROPA_AUDIT_LOG", "audit.jsonl")).contains("must not be set in distributed mode"));
    let odd = Origins { host: "büro pc".to_owned(), ..origins("", &SERVERS).1 };
    assert_eq!(load(odd).unwrap().instance.name, "b-ro-pc-8000");
}

#[test]
fn a_relay_holds_no_more_than_the_publisher_has_room_for() {
    let narrow = [("TROPA_RABBITMQ_WINDOW", "100")];
    assert_eq!(distributed(&narrow).dispatch_settings().relay_window, 100);
    let (_folder, standalone) = origins("", &narrow);
    assert_eq!(load(standalone).unwrap().dispatch_settings().relay_window, 2_000);
}

#[test]
fn roles_are_chosen_in_distributed_mode_only() {
    let roles = |config: &Config| config.instance.roles.to_string();
    assert_eq!(roles(&distributed(&[])), "intake,relay,worker,fleet");
    let some =
        distributed(&[("TROPA_ROLES", "fleet,intake"), ("TROPA_FLEET_ENDPOINT", "http://a:1, https://b:2")]);
    assert_eq!(roles(&some), "intake,fleet");
    assert_eq!(some.fleet.endpoints, ["http://a:1", "https://b:2"]);
    let refused = errors("", &[("TROPA_ROLES", "intake")]);
    assert!(refused.contains("TROPA_ROLES = intake (environment): must be all of them"), "{refused}");
}
