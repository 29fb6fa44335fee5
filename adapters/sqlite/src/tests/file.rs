//! Whose file it is, and in what state.

use std::{fs, path::Path};

use rusqlite::Connection;
use tempfile::TempDir;
use tropa_contract::{
    domain::Status,
    port::{Chronicle, DeadLetters, OrderStore, Outbox, StoreError},
    testing::sample::{creation, dispatched, letter},
};

use super::{Options, SqliteStore, open_in, options_in};
use crate::{OpenError, schema, statement};

/// Refused, and every byte as it was.
fn refused(folder: &TempDir) -> OpenError {
    let path = folder.path().join("tropa.db");
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open(options_in(folder)).unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before, "the file was changed");
    error
}

/// A closed file with an order in it.
async fn written(folder: &TempDir) {
    let store = open_in(folder);
    store.create(vec![creation("a")].into()).await.unwrap();
    store.close().await.unwrap();
}

fn change(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_again() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    let created = creation("a");
    store.create(vec![created.clone(), creation("b")].into()).await.unwrap();
    let dispatch = dispatched(&created.order, "joao");
    store.apply(vec![tropa_contract::testing::sample::command(dispatch.clone())].into()).await.unwrap();
    let held = store.claim("relay", 1, std::time::Duration::from_mins(1)).await.unwrap();
    store.close().await.unwrap();
    let beside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name == "tropa.db-wal"), "the log was moved into the file: {beside:?}");

    let store = open_in(&folder);
    assert_eq!(store.load(vec![created.order.id.clone()]).await.unwrap(), [Some(dispatch.order)]);
    let counts = store.counts().await.unwrap();
    assert_eq!((counts[Status::Pending], counts[Status::Dispatched]), (1, 1));
    assert_eq!(store.backlog().await.unwrap().pending, 3);
    let claimed = store.claim("relay", 10, std::time::Duration::from_mins(1)).await.unwrap();
    assert_eq!(claimed[0].envelope, held[0].envelope, "a process that ended holds no claims");
    assert_eq!(claimed.len(), 2, "and of each order only the oldest");
}

#[tokio::test]
async fn a_missing_folder_is_made() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("deep").join("er").join("tropa.db");
    let store = SqliteStore::open(Options { path: path.clone(), ..options_in(&folder) }).unwrap();
    store.check().await.unwrap();
    assert!(path.exists());
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    let error = SqliteStore::open(options_in(&folder)).unwrap_err();
    let OpenError::InUse { pid, .. } = error else { panic!("{error}") };
    assert_eq!(pid, Some(std::process::id()));
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    store.close().await.unwrap();
    open_in(&folder).check().await.unwrap();
}

#[tokio::test]
async fn a_closed_store_answers_unavailable() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    store.close().await.unwrap();
    store.stopped().await;
    assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.counts().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.close().await, Err(StoreError::Unavailable(_))));
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tropa.db");
    for content in [&b"{}"[..], &[0; 8192], &[b'x'; 8192]] {
        fs::write(&path, content).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
    fs::write(&path, b"").unwrap();
    open_in(&folder);
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let folder = TempDir::new().unwrap();
    written(&folder).await;
    let path = folder.path().join("tropa.db");
    let good = fs::read(&path).unwrap();
    let mut wrong_page_size = good.clone();
    wrong_page_size[16] = 77;
    let mut broken_schema = good.clone();
    broken_schema[100..300].fill(0xff);
    for bad in [&wrong_page_size[..], &broken_schema, &good[..good.len() / 2], &good[..50]] {
        fs::write(&path, bad).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
    fs::write(&path, &good).unwrap();
    open_in(&folder);
}

/// Puts down that a migration of a later program ran.
fn ran_later(version: i64) -> String {
    format!(
        "INSERT INTO refinery_schema_history SELECT {version}, 'later', applied_on, checksum FROM refinery_schema_history LIMIT 1;"
    )
}

#[tokio::test]
async fn a_newer_database_that_takes_us_is_worked_with() {
    let folder = TempDir::new().unwrap();
    written(&folder).await;
    let path = folder.path().join("tropa.db");
    let newer = schema::newest() + 1;
    // What a later program may do: add a column wherever there is none yet, and a table of its own.
    let mut columns = String::new();
    {
        let connection = Connection::open(&path).unwrap();
        let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
        let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
        for name in names.filter(|name| !name.starts_with("refinery") && !name.starts_with("sqlite")) {
            columns.extend(["ALTER TABLE ", &name, " ADD COLUMN of_tomorrow TEXT;"]);
        }
    }
    assert!(columns.contains("TABLE orders "), "{columns}");
    change(
        &path,
        &format!("{columns} CREATE TABLE tomorrow (id INTEGER PRIMARY KEY) STRICT; {}", ran_later(newer)),
    );

    let store = open_in(&folder);
    assert_eq!(store.schema_version(), newer);
    let order = creation("b");
    store.create(vec![order.clone()].into()).await.unwrap();
    let dispatch = dispatched(&order.order, "joao");
    store.apply(vec![tropa_contract::testing::sample::command(dispatch.clone())].into()).await.unwrap();
    assert_eq!(store.load(vec![order.order.id.clone()]).await.unwrap(), [Some(dispatch.order)]);
    store.park(vec![letter(&order.order, "lost")]).await.unwrap();
    store.check().await.unwrap();
    store.close().await.unwrap();
    let connection = Connection::open(&path).unwrap();
    for (name, sql) in statement::ALL {
        assert!(connection.prepare(sql).is_ok(), "{name}.sql");
    }
    drop(connection);
    // The newest migration stays the last word: ours are not run on top of it.
    assert_eq!(open_in(&folder).schema_version(), newer);
}

#[tokio::test]
async fn a_newer_database_that_asks_for_more_is_refused() {
    let folder = TempDir::new().unwrap();
    written(&folder).await;
    let path = folder.path().join("tropa.db");
    let newer = schema::newest() + 2;
    change(&path, &format!("UPDATE compatibility SET minimum = {}; {}", newer - 1, ran_later(newer)));
    let error = refused(&folder);
    let text = error.to_string();
    let OpenError::Newer { found, minimum, known, .. } = error else { panic!("{error}") };
    assert_eq!((found, minimum, known), (newer, newer - 1, newer - 2));
    for version in [found, minimum, known] {
        assert!(text.contains(&version.to_string()), "{text}");
    }
    // From before it was written down who may come in.
    change(&path, "DROP TABLE compatibility");
    assert!(matches!(refused(&folder), OpenError::Newer { minimum, .. } if minimum == newer));
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = TempDir::new().unwrap();
    change(&folder.path().join("tropa.db"), "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    let error = refused(&folder);
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_letter_about_no_order_cannot_be_replayed() {
    let store = super::fresh();
    let nobody = creation("nobody").order;
    let parked = letter(&nobody, "lost");
    store.park(vec![parked.clone()]).await.unwrap();
    let replayed = store.replay(parked.id, tropa_contract::testing::sample::job(&nobody)).await;
    assert!(matches!(replayed, Err(StoreError::Fault(_))), "{replayed:?}");
    assert_eq!(store.parked().await.unwrap(), 1, "it stays where it is");
}

#[tokio::test]
async fn a_file_tells_until_when_it_was_written() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    assert_eq!(store.left_off(), None, "a new one");
    let created = creation("a");
    store.create(vec![created.clone()].into()).await.unwrap();
    store.close().await.unwrap();
    let store = open_in(&folder);
    assert_eq!(store.left_off(), Some(created.envelope.created_at), "by what came after the last mark");
    let before = tropa_contract::testing::sample::now();
    store.mark(std::time::Duration::from_secs(10)).await.unwrap();
    store.close().await.unwrap();
    let marked = open_in(&folder).left_off().unwrap();
    assert!(
        marked >= before && marked <= tropa_contract::testing::sample::now(),
        "by the last mark: {marked}"
    );
}
