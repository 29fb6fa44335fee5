//! A database that a later program has migrated.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tropa_dispatch::{
    port::{OrderStore, StoreError, SystemClock},
    testing::sample::creation,
};
use tropa_postgres::{MigrateError, Options, PostgresStore};

use super::{client, number, store_on};
use crate::{
    place::{PICKUP, Place, accepted, dispatched, until},
    servers::servers,
};

fn options(url: &str) -> Options {
    Options::new(url, Arc::new(SystemClock))
}

/// Does what a later program's migration may do: adds a column to every table, and a table of its own.
async fn migrate_further(url: &str, minimum: i64) {
    let client = client(url).await;
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'refinery_schema_history'";
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        client
            .batch_execute(&format!("ALTER TABLE {table} ADD COLUMN of_tomorrow TEXT DEFAULT 'x'"))
            .await
            .unwrap();
    }
    client.batch_execute("CREATE TABLE tomorrow (id INT)").await.unwrap();
    client.execute("UPDATE compatibility SET minimum = $1", &[&minimum]).await.unwrap();
    let later = "INSERT INTO refinery_schema_history VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')";
    client.batch_execute(later).await.unwrap();
}

#[tokio::test]
async fn every_statement_prepares_against_a_newer_schema() {
    let url = servers().database().await;
    PostgresStore::migrate(&options(&url)).await.unwrap();
    migrate_further(&url, 1).await;
    assert_eq!(PostgresStore::migrate(&options(&url)).await.unwrap(), 99);
    let client = client(&url).await;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/postgres/src/sql")).unwrap()
    {
        let path = file.unwrap().path();
        let sql = fs::read_to_string(&path).unwrap();
        client.prepare(&sql).await.unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_way_back_from_a_newer_tropa() {
    let (place, all) = (Place::new().await, "intake,relay,worker,fleet");
    let running = place.process("running", all).start().await;
    until(&running, "/readyz", |answer| answer.status == 200).await;
    running.enter_driver("d0", PICKUP.0, PICKUP.1).await;
    accepted(&running, "before").await;
    dispatched(&running, "before").await;
    migrate_further(&place.database, 1).await;
    let started = place.process("started", all).start().await;
    until(&started, "/readyz", |answer| answer.status == 200).await;
    for (n, tropa) in [&running, &started].into_iter().enumerate() {
        tropa.enter_driver(&format!("d{}", n + 1), PICKUP.0, PICKUP.1).await;
        let order = format!("after-{n}");
        accepted(tropa, &order).await;
        dispatched(tropa, &order).await;
        let path = format!("/api/v1/orders/{order}/deliver");
        let delivered = tropa.post(&path, &json!({})).await.unwrap();
        assert_eq!(delivered.status, 200, "{delivered:?}");
    }
    let client = client(&place.database).await;
    super::assert_sound(&client).await;
    assert_eq!(number(&client, "SELECT max(version)::bigint FROM refinery_schema_history").await, 99);
}

#[tokio::test]
async fn a_newer_database_that_asks_for_more_is_left_alone() {
    let url = servers().database().await;
    PostgresStore::migrate(&options(&url)).await.unwrap();
    let known = PostgresStore::schema_version();
    migrate_further(&url, known + 1).await;
    let refused = PostgresStore::migrate(&options(&url)).await.unwrap_err();
    assert!(
        matches!(refused, MigrateError::Newer { found: 99, minimum, .. } if minimum == known + 1),
        "{refused:?}"
    );
    let said = |text: &str| [99, known + 1, known].iter().all(|version| text.contains(&version.to_string()));
    assert!(said(&refused.to_string()), "{refused}");
    let store = store_on(&url);
    let unusable = |error: StoreError| matches!(&error, StoreError::Unavailable(why) if said(why));
    assert!(store.check().await.is_err_and(unusable));
    assert!(store.create(vec![creation("a")].into()).await.is_err_and(unusable), "no order is at fault");
    assert!(store.counts().await.is_err_and(unusable));

    let client = client(&url).await;
    client.batch_execute("DROP TABLE compatibility").await.unwrap();
    let from_before = PostgresStore::migrate(&options(&url)).await;
    assert!(matches!(from_before, Err(MigrateError::Newer { minimum: 99, .. })), "{from_before:?}");
    // Taken back; the store that was refused notices by itself.
    client.batch_execute("DELETE FROM refinery_schema_history WHERE version = 99").await.unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    while let Err(why) = store.check().await {
        assert!(Instant::now() < patience, "usable again, but: {why}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
