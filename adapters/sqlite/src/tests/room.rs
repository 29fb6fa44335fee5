//! No room left on the disk.

use std::process::Command;

use tempfile::TempDir;
use tropa_contract::{
    domain::Status,
    port::{Created, OrderStore, Outbox, StoreError},
    testing::sample::creation,
};

use super::{SqliteStore, fresh, open_in};
use crate::writer::Durability;

/// Sets how many pages the file may have; what a quota or a small disk does to a real one.
async fn limit_pages(store: &SqliteStore, pages: i64) {
    let set = move |batch: &mut crate::Batch<'_>| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        batch.first(&sql, [], |_| Ok(())).map(|_| ())
    };
    store.write(Durability::Relaxed, set).await.unwrap();
}

/// Accepts orders until the store says that it is full; returns the ids it took.
async fn fill(store: &SqliteStore) -> Vec<String> {
    let mut taken = Vec::new();
    for i in 0..100_000 {
        let id = format!("fill-{i}");
        match store.create(vec![creation(&id)].into()).await {
            Ok(created) => assert_eq!(created, [Created::Stored]),
            Err(StoreError::Full(_)) => return taken,
            Err(other) => panic!("{other}"),
        }
        taken.push(id);
    }
    panic!("it was never full")
}

/// What was taken is there, whole, and nothing else.
async fn is_whole(store: &SqliteStore, taken: &[String]) {
    assert_eq!(store.counts().await.unwrap()[Status::Pending], taken.len() as u64);
    assert_eq!(store.backlog().await.unwrap().pending, taken.len() as u64);
    for id in taken {
        assert_eq!(store.timeline(id.parse().unwrap()).await.unwrap().len(), 1, "{id}");
    }
    let refused = store.load(vec![format!("fill-{}", taken.len()).parse().unwrap()]).await.unwrap();
    assert_eq!(refused, [None], "nothing half-written");
}

#[tokio::test]
async fn a_full_store_says_so_and_recovers() {
    let store = fresh();
    limit_pages(&store, 200).await;
    let mut taken = fill(&store).await;
    assert!(taken.len() > 10, "{}", taken.len());
    is_whole(&store, &taken).await;
    limit_pages(&store, 1_000_000).await;
    let next = format!("fill-{}", taken.len());
    assert_eq!(store.create(vec![creation(&next)].into()).await.unwrap(), [Created::Stored]);
    taken.push(next);
    store.check().await.unwrap();
    is_whole(&store, &taken).await;
}

/// Set for the child process in which `a_file_that_may_not_grow` writes.
const CHILD: &str = "TROPA_TEST_ROOM_IN";

/// `RLIMIT_FSIZE` can only be lowered for a whole process: the test runs itself again in one that the shell limited.
/// As `main` does, the shell ignores `SIGXFSZ`, so that the write fails instead of the process.
#[test]
fn a_file_that_may_not_grow() {
    if let Ok(folder) = std::env::var(CHILD) {
        let options = crate::Options::new(
            std::path::Path::new(&folder).join("tropa.db"),
            std::sync::Arc::new(tropa_contract::port::SystemClock),
        );
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = SqliteStore::open(options).unwrap();
            let taken = fill(&store).await;
            is_whole(&store, &taken).await;
            let again = store.check().await;
            println!("taken: {} {again:?}", taken.len());
        });
        // Killed where it stands: no checkpoint on the way out.
        std::process::exit(0);
    }
    let folder = TempDir::new().unwrap();
    let child = Command::new("sh")
        // Blocks of 512 bytes: 4 MiB.
        .args(["-c", "trap '' XFSZ; ulimit -f 8192; exec \"$0\" --exact --nocapture \"$1\""])
        .arg(std::env::current_exe().unwrap())
        .arg("tests::room::a_file_that_may_not_grow")
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{output}{}", String::from_utf8_lossy(&child.stderr));
    let taken: usize = output
        .split_once("taken: ")
        .and_then(|(_, rest)| rest.split(' ').next())
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("{output}"));
    assert!(taken > 100, "{taken}");

    let store = open_in(&folder);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let ids: Vec<_> = (0..taken).map(|i| format!("fill-{i}")).collect();
        is_whole(&store, &ids).await;
        store.check().await.unwrap();
        assert_eq!(store.create(vec![creation("room-again")].into()).await.unwrap(), [Created::Stored]);
    });
}
