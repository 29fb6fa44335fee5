//! A primary that dies, and the standby that follows it: first read-only under our connections, then promoted.

use std::{path::Path, process::Command};

use super::{assert_sound, client, number, private::PrivateServer};
use crate::{
    harness::Tropa,
    place::{Place, accepted, authority, dispatched, through, until},
    proxy::{End, Proxy},
};

/// A streaming standby of this primary, which waits for it with each commit.
fn standby_of(primary: &PrivateServer) -> PrivateServer {
    let standby = PrivateServer::new();
    let data = standby.folder().join("postgres");
    let address = authority(&primary.url());
    let from = format!("host={} port={} user=tropa application_name=standby", address.ip(), address.port());
    copy(&from, &data);
    standby.start(&format!("primary_conninfo = '{from}'\n"));
    standby
}

/// `pg_basebackup`, by the user that PostgreSQL runs as.
fn copy(from: &str, data: &Path) {
    let root = std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let script = r#"PATH=$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':'); mkdir -m 700 "$1"
        if [ "$3" = true ]; then
            chown postgres:postgres "$1"
            set -- setpriv --reuid postgres --regid postgres --init-groups -- pg_basebackup -D "$1" -d "$2"
        else
            set -- pg_basebackup -D "$1" -d "$2"
        fi
        exec "$@" -X stream -c fast -R"#;
    let mut command = Command::new("bash");
    command.args(["-euc", script, "copy"]).arg(data).args([from, &root.to_string()]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&output.stderr));
}

async fn ready(tropa: &Tropa) {
    until(tropa, "/readyz", |answer| answer.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_waited_for_until_it_is_the_primary() {
    let primary = PrivateServer::new();
    tokio::task::block_in_place(|| primary.start(""));
    let standby = tokio::task::block_in_place(|| standby_of(&primary));
    // From now on what is committed is there, too.
    let operator = client(&primary.url()).await;
    operator.batch_execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'").await.unwrap();
    operator.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let follows = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    while number(&operator, follows).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    let relay = Proxy::to(authority(&primary.url())).await;
    let mut place = Place::new().await;
    place.database = through(&primary.url(), relay.address());
    let tropa = place.process("a", "intake,relay,worker,fleet").start().await;
    ready(&tropa).await;
    tropa.enter_driver("d-1", -23.5505, -46.6333).await;
    accepted(&tropa, "before").await;
    dispatched(&tropa, "before").await;
    accepted(&tropa, "waiting").await;

    // The name leads to the standby while the primary is still there: nothing of ours may stay at either.
    relay.aim(authority(&standby.url()));
    relay.end(End::Reset);
    let unready = until(&tropa, "/readyz", |answer| {
        answer.status == 503 && answer.text.contains("does not allow writes")
    })
    .await;
    assert!(unready.text.contains("database"), "{}", unready.text);
    let order = serde_json::json!({ "id": "refused", "price": 1, "tax": 1 });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 503);
    tokio::task::block_in_place(|| primary.kill());
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tropa%'";
    let successor = client(&standby.url()).await;
    until(&tropa, "/readyz", |answer| answer.status == 503).await;

    assert!(successor.query_one("SELECT pg_promote()", &[]).await.unwrap().get::<_, bool>(0));
    ready(&tropa).await;
    assert!(number(&successor, ours).await > 0, "it works with the new primary");
    accepted(&tropa, "after").await;
    for (order, of) in [("before", "DISPATCHED"), ("waiting", "PENDING"), ("after", "PENDING")] {
        let stored = tropa.get(&format!("/api/v1/orders/{order}")).await.unwrap().json();
        assert_eq!(stored["status"], of, "{stored}");
    }
    // And what waited goes on there.
    tropa.enter_driver("d-2", -23.5505, -46.6333).await;
    dispatched(&tropa, "waiting").await;
    assert_sound(&successor).await;
}
