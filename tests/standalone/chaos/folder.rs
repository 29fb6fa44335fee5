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

#[tokio::test]
async fn a_database_of_a_newer_tropa_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let mut tropa = Tropa::start(data.path()).await;
    tropa.signal("TERM");
    assert!(tropa.ended(std::time::Duration::from_secs(35)).await.success());
    let db = rusqlite::Connection::open(tropa.database()).unwrap();
    db.execute(
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (9999, 'from_the_future', '2099-01-01T00:00:00Z', '1')",
        [],
    )
    .unwrap();
    drop(db);
    let log = refused(data.path()).await;
    assert!(log.contains("tropa.db") && log.contains("9999"), "{log}");
}
