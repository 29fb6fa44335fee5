//! A data folder that must not be used.

use crate::harness::{Refusal, Setup, Tropa};

/// Starts on this folder and expects to be told why not.
async fn refused(data: &std::path::Path) -> String {
    match Setup::on(data).try_start().await {
        Ok(_) => panic!("it started"),
        Err(Refusal { status, log }) => {
            assert!(!status.success());
            assert!(!log.contains("panicked"), "{log}");
            log
        }
    }
}

#[tokio::test]
async fn a_second_process_is_refused_and_the_first_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let first = Tropa::start(data.path()).await;
    let log = refused(data.path()).await;
    assert!(log.contains("tropa.db") && log.contains("in use"), "{log}");
    assert_eq!(first.get("/readyz").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("tropa.db");
    std::fs::write(&file, "this is no database, and it is long enough to be mistaken for one. ".repeat(200))
        .unwrap();
    let log = refused(data.path()).await;
    assert!(log.contains("tropa.db"), "{log}");
    // Whatever it is, it is somebody's: it stays as it was.
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("this is no database"));
}

#[tokio::test]
async fn a_database_damaged_in_the_middle_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let mut tropa = Tropa::start(data.path()).await;
    tropa.signal("TERM");
    assert!(tropa.ended(std::time::Duration::from_secs(35)).await.success());
    let file = tropa.database();
    let mut bytes = std::fs::read(&file).unwrap();
    let pages = bytes.len() / 4096;
    assert!(pages > 4, "{pages} pages");
    bytes[4096..4096 * (pages - 1)].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let log = refused(data.path()).await;
    assert!(log.contains("tropa.db"), "{log}");
}

/// A folder whose database a later Tropa has migrated, and then somebody went back to this one.
async fn migrated_by_a_later_one(data: &std::path::Path, how: &str) -> std::path::PathBuf {
    let mut tropa = Tropa::start(data).await;
    tropa.signal("TERM");
    assert!(tropa.ended(std::time::Duration::from_secs(35)).await.success());
    let db = rusqlite::Connection::open(tropa.database()).unwrap();
    db.execute_batch(how).unwrap();
    db.execute(
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (9999, 'from_the_future', '2099-01-01T00:00:00Z', '1')",
        [],
    )
    .unwrap();
    tropa.database()
}

#[tokio::test]
async fn there_is_a_way_back_from_a_newer_tropa() {
    let data = tempfile::tempdir().unwrap();
    let later = "ALTER TABLE orders ADD COLUMN of_tomorrow TEXT; CREATE TABLE tomorrow (id INTEGER PRIMARY KEY) STRICT";
    migrated_by_a_later_one(data.path(), later).await;
    let tropa = Tropa::start(data.path()).await;
    assert_eq!(tropa.get("/readyz").await.unwrap().status, 200);
    let order = serde_json::json!({ "id": "back", "price": 100.0, "tax": 10.0 });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 201);
    let dispatched = async {
        while tropa.get("/api/v1/orders/back").await.unwrap().json()["status"] != "DISPATCHED" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), dispatched).await.expect("it works");
}

#[tokio::test]
async fn a_database_that_asks_for_a_newer_tropa_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let file = migrated_by_a_later_one(data.path(), "UPDATE compatibility SET minimum = 9998").await;
    let log = refused(data.path()).await;
    let db = rusqlite::Connection::open(file).unwrap();
    let ours = "SELECT max(version) FROM refinery_schema_history WHERE version < 9999";
    let known: i64 = db.query_row(ours, [], |row| row.get(0)).unwrap();
    for said in ["tropa.db", "9999", "9998", &known.to_string()] {
        assert!(log.contains(said), "{said} is not in {log}");
    }
}
