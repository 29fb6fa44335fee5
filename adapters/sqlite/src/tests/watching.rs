//! A file that is taken away, exchanged or written over while it is open.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use tropa_contract::{
    domain::Status,
    port::{Created, OrderStore, StoreError},
    testing::sample::creation,
};

use super::{SqliteStore, open_in};
use crate::{FileState, OpenError, connection, patrol};

fn file(folder: &TempDir, end: &str) -> PathBuf {
    folder.path().join(format!("tropa.db{end}"))
}

async fn create(store: &SqliteStore, id: &str) -> Result<Vec<Created>, StoreError> {
    store.create(vec![creation(id)].into()).await
}

/// Nothing is taken any more, and the reason has this in it.
async fn refuses(store: &SqliteStore, why: &str) {
    for refused in [create(store, "late").await.err(), store.check().await.err()] {
        let Some(StoreError::Unavailable(told)) = refused else { panic!("{refused:?}") };
        assert!(told.contains("tropa.db") && told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn nothing_is_accepted_into_files_that_are_gone_and_all_is_when_they_are_back() {
    for end in ["", "-wal", "-shm"] {
        let folder = TempDir::new().unwrap();
        let store = open_in(&folder);
        create(&store, "before").await.unwrap();
        let (path, away) = (file(&folder, end), folder.path().join("away"));

        fs::rename(&path, &away).unwrap();
        refuses(&store, "No such file").await;
        assert_eq!(store.file(), FileState::Lost);
        assert!(store.counts().await.is_ok(), "reading goes on: what was there can still be saved");

        // A file of the same name, and the same content, is still not the one that is written.
        fs::copy(&away, &path).unwrap();
        refuses(&store, "another file is in its place").await;

        fs::rename(&away, &path).unwrap();
        store.check().await.unwrap();
        assert_eq!(store.file(), FileState::Sound);
        create(&store, "after").await.unwrap();
        store.close().await.unwrap();
        assert_eq!(open_in(&folder).counts().await.unwrap()[Status::Pending], 2, "{end}");
    }
}

#[tokio::test]
async fn a_database_that_was_cut_off_is_noticed() {
    let folder = TempDir::new().unwrap();
    open_in(&folder).close().await.unwrap();
    let store = open_in(&folder);
    create(&store, "before").await.unwrap();
    let path = file(&folder, "");
    let whole = fs::metadata(&path).unwrap().len();
    // By another process: one of ours that closes the file would let go of SQLite's locks on it.
    run(Command::new("truncate").arg("--size=4096").arg(&path));
    refuses(&store, &format!("it was cut from {whole} to 4096 bytes")).await;
}

#[tokio::test]
async fn what_lies_there_now_is_not_touched_on_the_way_out() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    create(&store, "before").await.unwrap();
    let names = ["", "-wal", "-shm"].map(|end| file(&folder, end));
    for path in &names {
        fs::remove_file(path).unwrap();
        fs::write(path, "somebody put back what they had").unwrap();
    }
    let closed = store.close().await;
    assert!(matches!(closed, Err(StoreError::Unavailable(_))), "{closed:?}");
    for path in &names {
        assert_eq!(fs::read_to_string(path).unwrap(), "somebody put back what they had");
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// Overwrites 64 KiB from the second page on.
fn write_junk(path: &Path) {
    let mut dd = Command::new("dd");
    dd.args(["if=/dev/urandom", "bs=4096", "seek=1", "count=16", "conv=notrunc", "status=none"]);
    run(dd.arg(format!("of={}", path.display())));
}

#[tokio::test]
async fn junk_in_the_file_is_found_by_the_patrol_and_stops_intake() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    for n in 0..200 {
        create(&store, &format!("order-{n}")).await.unwrap();
    }
    store.close().await.unwrap();
    let store = open_in(&folder);
    create(&store, "before").await.unwrap();

    // The patrol's connection, and a whole round of it before and after.
    let walker = connection::reader(&file(&folder, ""), 1 << 10).unwrap();
    let round = || {
        let mut left = Vec::new();
        loop {
            if let Some(how) = patrol::step(&walker, &mut left).unwrap_or_else(|e| Some(e.to_string())) {
                return Some(how);
            }
            if left.is_empty() {
                return None;
            }
        }
    };
    assert_eq!(round(), None);
    write_junk(&file(&folder, ""));
    let found = round().expect("it is read again, whatever is in memory");

    store.watch.damaged(&found);
    refuses(&store, "is damaged").await;
    assert_eq!(store.file(), FileState::Damaged);
    // And the next start does not begin with it.
    let _ = store.close().await;
    let again = SqliteStore::open(super::options_in(&folder));
    assert!(matches!(again, Err(OpenError::Damaged { .. })), "{again:?}");
}

#[tokio::test]
async fn junk_that_a_caller_meets_stops_intake_at_once() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    for n in 0..200 {
        create(&store, &format!("order-{n}")).await.unwrap();
    }
    store.close().await.unwrap();
    let store = open_in(&folder);
    write_junk(&file(&folder, ""));
    let ids = (0..200).map(|n| format!("order-{n}").parse().unwrap()).collect();
    assert!(store.load(ids).await.is_err(), "the pages were not in memory yet");
    refuses(&store, "is damaged").await;
}

/// What the machine has, and an operator with it. It must be as old as Debian 12's for this to say much; a newer one reads all
/// that an older one does.
#[tokio::test]
async fn the_machines_own_sqlite_reads_the_file() {
    let folder = TempDir::new().unwrap();
    let store = open_in(&folder);
    create(&store, "a").await.unwrap();
    let ask = |sql: &str| {
        let asked = Command::new("sqlite3").arg("-bail").arg(file(&folder, "")).arg(sql).output();
        let asked = asked.expect("scripts/tools sqlite3 installs it");
        let told = String::from_utf8_lossy(&asked.stderr).into_owned();
        (asked.status.success(), format!("{}{told}", String::from_utf8_lossy(&asked.stdout)))
    };
    assert_eq!(
        ask("SELECT id, status FROM orders; PRAGMA quick_check"),
        (true, "a|PENDING\nok\n".to_owned())
    );
    let (_, tables) = ask("SELECT name FROM sqlite_schema WHERE type = 'table'");
    assert!(tables.lines().count() > 10, "{tables}");
    for table in tables.lines() {
        let (read, told) = ask(&format!("SELECT * FROM {table}"));
        assert!(read, "{table}: {told}");
    }
    let (done, told) = ask("UPDATE orders SET status = 'DELIVERED', version = 2");
    assert!(!done && told.contains("invalid state transition"), "{told}");
    let copy = file(&folder, ".copy");
    assert_eq!(ask(&format!(".backup '{}'", copy.display())), (true, String::new()));
    assert!(fs::metadata(copy).unwrap().len() > 0);
}

#[tokio::test]
async fn no_empty_database_is_begun_beside_one_that_was_saved() {
    let folder = TempDir::new().unwrap();
    open_in(&folder).close().await.unwrap();
    for moment in ["99", "100", "100-journal"] {
        fs::copy(file(&folder, ""), file(&folder, &format!(".rescued-{moment}"))).unwrap();
    }
    open_in(&folder).close().await.unwrap();
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(file(&folder, end));
    }
    let refused = SqliteStore::open(super::options_in(&folder)).unwrap_err();
    let OpenError::Rescued { rescued, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*rescued, file(&folder, ".rescued-100"));
    assert!(!file(&folder, "").exists(), "nothing was made");
    fs::rename(rescued, file(&folder, "")).unwrap();
    open_in(&folder).close().await.unwrap();
}
