//! The tables and the statements on them.

use std::{fs, path::Path, time::Duration};

use futures_util::{StreamExt, future::join_all};
use refinery::{Migration, Runner, Target};
use tokio_postgres::Client;
use tropa_dispatch::{
    domain::Status,
    port::{Claimed, OrderStore, Outbox, Relayed, Settlement, StoreError, SystemClock},
    testing::sample::creation,
};
use tropa_postgres::{MigrateError, Options, PostgresStore};

use super::{client, number, store_on};
use crate::servers::servers;

fn options(url: &str) -> Options {
    Options::new(url, std::sync::Arc::new(SystemClock))
}

#[tokio::test]
async fn every_statement_prepares_against_the_migrated_schema() {
    let url = servers().database().await;
    PostgresStore::migrate(&options(&url)).await.unwrap();
    let client = client(&url).await;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/postgres/src");
    let named = fs::read_to_string(source.join("statement.rs")).unwrap();
    let mut prepared = 0;
    for file in fs::read_dir(source.join("sql")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(named.contains(&format!("\"{name}\"")), "{name}.sql is used");
        let sql = fs::read_to_string(&path).unwrap();
        client.prepare(&sql).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        prepared += 1;
    }
    assert!(prepared > 20, "{prepared}");
}

/// What databases out there have run: a new version adds a line here, and changes none.
const MERGED: [(&str, u64); 12] = [
    ("orders_messages_drivers", 4_410_458_548_771_221_218),
    ("inbox_by_age", 18_251_600_301_308_610_739),
    ("move_up_by_index", 2_878_534_135_465_834_647),
    ("messages_of_an_order", 15_934_175_052_747_183_161),
    ("waiting_by_age", 16_932_668_945_059_037_327),
    ("clock", 5_023_142_350_718_265_957),
    ("heard_at", 17_008_392_506_459_664_407),
    ("compatibility", 15_746_960_417_895_749_582),
    ("letters_by_kind", 1_302_425_246_920_068_585),
    ("orders_by_reason", 4_694_314_863_787_908_079),
    ("audit_and_operations", 7_231_988_438_250_151_077),
    ("acceptances", 17_253_043_064_993_477_018),
];

#[test]
fn merged_migrations_are_never_edited() {
    let mut steps = refinery::load_sql_migrations("migrations/postgres").unwrap();
    steps.sort_by_key(Migration::version);
    let found: Vec<_> = steps.iter().map(|step| (step.name(), step.checksum())).collect();
    assert_eq!(found, MERGED);
}

#[tokio::test]
async fn a_database_is_migrated_once_however_many_come() {
    let url = servers().database().await;
    let options = options(&url);
    for migrated in join_all((0..4).map(|_| PostgresStore::migrate(&options))).await {
        migrated.unwrap();
    }
    let stores: Vec<_> = (0..4).map(|_| store_on(&url)).collect();
    for checked in join_all(stores.iter().map(OrderStore::check)).await {
        assert_eq!(checked, Ok(()));
    }
    let client = client(&url).await;
    let applied = number(&client, "SELECT count(*) FROM refinery_schema_history").await;
    let newest = number(&client, "SELECT max(version)::bigint FROM refinery_schema_history").await;
    assert_eq!((applied, newest), (MERGED.len().try_into().unwrap(), PostgresStore::schema_version()));
}

#[tokio::test]
async fn the_first_call_of_several_instances_migrates() {
    let url = servers().database().await;
    let stores: Vec<_> = (0..4).map(|_| store_on(&url)).collect();
    for checked in join_all(stores.iter().map(OrderStore::check)).await {
        assert_eq!(checked, Ok(()));
    }
}

#[tokio::test]
async fn who_has_nothing_to_migrate_waits_for_nobody() {
    let url = servers().database().await;
    PostgresStore::migrate(&options(&url)).await.unwrap();
    // What an instance held whose machine went away.
    let gone = client(&url).await;
    gone.execute("SELECT pg_advisory_lock($1)", &[&i64::from_be_bytes(*b"TropTrop")]).await.unwrap();
    let options = options(&url);
    let migrate = PostgresStore::migrate(&options);
    tokio::time::timeout(Duration::from_secs(5), migrate).await.expect("no wait").unwrap();
}

#[tokio::test]
async fn the_tables_are_where_the_url_says() {
    let url = servers().database().await;
    let client = client(&url).await;
    client.batch_execute("CREATE SCHEMA elsewhere").await.unwrap();
    let there = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{there}options=-c%20search_path%3Delsewhere");
    let store = store_on(&url);
    assert_eq!(store.check().await, Ok(()));
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'orders' AND schemaname = 'elsewhere'";
    assert_eq!(number(&client, tables).await, 1);
    let elsewhere = "SELECT count(*) FROM pg_tables WHERE tablename = 'orders' AND schemaname = 'public'";
    assert_eq!(number(&client, elsewhere).await, 0);
}

/// Every table that `to` has, with what `from` holds of it.
async fn copy(from: &Client, to: &Client) {
    to.batch_execute("SET session_replication_role = replica").await.unwrap();
    let tables = "SELECT table_name::text, string_agg(column_name, ', ') FROM information_schema.columns
                  WHERE table_schema = 'public' AND table_name NOT IN ('refinery_schema_history', 'compatibility') GROUP BY 1";
    for table in to.query(tables, &[]).await.unwrap() {
        let (table, columns): (String, String) = (table.get(0), table.get(1));
        let rows = from.copy_out(&format!("COPY {table} ({columns}) TO STDOUT")).await.unwrap();
        let sink = to.copy_in(&format!("COPY {table} ({columns}) FROM STDIN")).await.unwrap();
        rows.forward(sink).await.unwrap();
    }
    to.batch_execute("SELECT setval('outbox_id_seq', 1000), setval('orders_seq_seq', 1000)").await.unwrap();
}

/// Two orders come in; the message of one goes out, the other's waits.
async fn work(store: &PostgresStore) {
    store.create(vec![creation("a"), creation("b")].into()).await.unwrap();
    let claimed = store.claim("relay", 1, Duration::from_mins(1)).await.unwrap();
    let publish = |claimed: &[Claimed]| {
        let outcome = Relayed::Published;
        claimed.iter().map(|c| Settlement { id: c.id, token: c.token, outcome: outcome.clone() }).collect()
    };
    assert_eq!(store.settle(publish(&claimed)).await, Ok(1));
}

#[tokio::test]
async fn a_database_of_every_earlier_version_is_brought_up_with_what_it_holds() {
    let newest = servers().database().await;
    work(&store_on(&newest)).await;
    let newest = client(&newest).await;
    let steps = refinery::load_sql_migrations("migrations/postgres").unwrap();
    for version in 1..PostgresStore::schema_version() {
        let url = servers().database().await;
        let mut client = client(&url).await;
        let runner = Runner::new(&steps).set_target(Target::Version(version.try_into().unwrap()));
        runner.run_async(&mut client).await.unwrap();
        copy(&newest, &client).await;
        let store = store_on(&url);
        store.check().await.unwrap();
        let at = number(&client, "SELECT max(version)::bigint FROM refinery_schema_history").await;
        assert_eq!(at, PostgresStore::schema_version());
        let census = store.census().await.unwrap();
        assert_eq!((census.accepted, census.states[Status::Pending]), (2, 2), "from version {version}");
        store.create(vec![creation("c")].into()).await.unwrap();
        let claimed = store.claim("relay", 10, Duration::from_mins(1)).await.unwrap();
        let orders: Vec<_> = claimed.iter().map(|c| c.envelope.order_id.to_string()).collect();
        assert_eq!(orders, ["b", "c"], "from version {version}: what waits, and only that");
        super::assert_sound(&client).await;
    }
}

#[tokio::test]
async fn a_database_that_ran_the_other_third_version_is_brought_up() {
    let url = servers().database().await;
    let mut client = client(&url).await;
    let mut steps = refinery::load_sql_migrations("migrations/postgres").unwrap();
    steps.retain(|step| step.version() < 3);
    let other = include_str!("plans_for_empty_tables.sql");
    steps.push(Migration::unapplied("V3__plans_for_empty_tables", other).unwrap());
    Runner::new(&steps).run_async(&mut client).await.unwrap();
    let store = store_on(&url);
    store.check().await.unwrap();
    let history =
        client.query("SELECT name, checksum FROM refinery_schema_history ORDER BY version", &[]).await;
    let history: Vec<(String, String)> =
        history.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(history, MERGED.map(|(name, checksum)| (name.to_owned(), checksum.to_string())));
    store.create(vec![creation("a")].into()).await.unwrap();
    super::assert_sound(&client).await;
}

#[tokio::test]
async fn a_database_that_cannot_be_migrated_is_unavailable() {
    let url = servers().database().await;
    client(&url).await.batch_execute("CREATE TABLE orders (whose text)").await.unwrap();
    let refused = PostgresStore::migrate(&options(&url)).await;
    assert!(matches!(refused, Err(MigrateError::Migration(_))), "{refused:?}");
    let checked = store_on(&url).check().await;
    assert!(matches!(&checked, Err(StoreError::Unavailable(why)) if why.contains("migrated")), "{checked:?}");
}

#[tokio::test]
async fn who_writes_past_the_program_is_refused_too() {
    let url = servers().database().await;
    PostgresStore::migrate(&options(&url)).await.unwrap();
    let client = client(&url).await;
    let order = "INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
                 VALUES ('a', decode(repeat('00', 32), 'hex'), 'BRL', 100, 1, '{}', 'PENDING', 1, now(), now())";
    client.batch_execute(order).await.unwrap();
    let event =
        "INSERT INTO order_events VALUES (1, 1, gen_random_uuid(), 'created', '{}', now(), 'api', 1, NULL)";
    client.batch_execute(event).await.unwrap();
    for (wrong, told) in [
        (order, "one_order_an_id"),
        (
            "UPDATE orders SET status = 'DELIVERED', version = 2",
            "invalid state transition: PENDING -> DELIVERED",
        ),
        ("UPDATE orders SET status = 'CANCELLED', version = 3", "invalid state transition"),
        ("UPDATE orders SET status = 'DISPATCHED', version = 2", "a_driver_drives"),
        ("UPDATE orders SET status = 'MANUAL_DISPATCH', version = 2", "a_person_is_told_why"),
        ("UPDATE order_events SET cause = 'dispatcher'", "cannot be changed"),
        ("UPDATE audit SET subject = 'nobody'", "cannot be changed"),
        ("DELETE FROM audit", "cannot be changed"),
        ("TRUNCATE audit", "cannot be changed"),
        (
            "INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM audit ON CONFLICT (id) DO UPDATE SET subject = 'nobody'",
            "cannot be changed",
        ),
        (event, "order_events_pkey"),
    ] {
        let refused = client.batch_execute(wrong).await.unwrap_err();
        let refused = refused.as_db_error().unwrap();
        let text = format!("{} {:?}", refused.message(), refused.constraint());
        assert!(text.contains(told), "{wrong}: {text}");
    }
    client.batch_execute("UPDATE orders SET status = 'CANCELLED', version = 2").await.unwrap();
    let counted = "SELECT (sum(pending) * 10 + sum(cancelled))::bigint FROM order_counts";
    assert_eq!(number(&client, counted).await, 1, "counted, whoever wrote");
    client.batch_execute("DELETE FROM order_events; DELETE FROM orders").await.unwrap();
    assert_eq!(number(&client, counted).await, 0);
}
