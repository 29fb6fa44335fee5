//! The database file is taken away, or written over, under the feet of a process that serves.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::Duration,
};

use futures_util::future::{join, join_all};
use serde_json::json;

use crate::harness::{Setup, Tropa};

const PATIENCE: Duration = Duration::from_mins(1);

async fn create(tropa: &Tropa, id: &str) -> u16 {
    let order = json!({ "id": id, "price": "10.00", "tax": "1.00" });
    tropa.post("/api/v1/orders", &order).await.expect("an answer").status
}

/// Asks until the answer has this status; its body then.
async fn until(tropa: &Tropa, path: &str, status: u16) -> String {
    let asking = async {
        loop {
            let answer = tropa.get(path).await.unwrap();
            if answer.status == status {
                return answer.text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path}: {}", tropa.log()))
}

/// What docs/OPERATIONS.md says to do: the process holds the files that have no name any more.
fn rescue(tropa: &Tropa, to: &Path) {
    let held = PathBuf::from(format!("/proc/{}/fd", tropa.pid()));
    for name in ["tropa.db", "tropa.db-wal"] {
        let deleted = tropa.database().with_file_name(format!("{name} (deleted)"));
        let handles = std::fs::read_dir(&held).unwrap().map(|handle| handle.unwrap().path());
        let of_it =
            handles.into_iter().find(|handle| std::fs::read_link(handle).is_ok_and(|at| at == deleted));
        std::fs::copy(of_it.unwrap_or_else(|| panic!("{name} is not held")), to.join(name)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_deleted_under_load_loses_no_order_that_was_accepted() {
    let data = tempfile::tempdir().unwrap();
    // As the kernel names what it holds.
    let folder = data.path().canonicalize().unwrap();
    let mut tropa = Setup::on(&folder).start().await;
    let accepted = Mutex::new(Vec::new());
    let (enough, begin) = (tokio::sync::Notify::new(), 40);
    let caller = async |name: usize| {
        for n in 0..2_000 {
            let id = format!("o-{name}-{n}");
            match create(&tropa, &id).await {
                201 => {
                    let mut accepted = accepted.lock().unwrap();
                    accepted.push(id);
                    if accepted.len() == begin {
                        enough.notify_one();
                    }
                }
                503 => return,
                other => panic!("{id}: {other}\n{}", tropa.log()),
            }
        }
        panic!("it goes on taking orders into a file that is gone");
    };
    let delete = async {
        enough.notified().await;
        for end in ["", "-wal", "-shm"] {
            std::fs::remove_file(format!("{}{end}", tropa.database().display())).unwrap();
        }
    };
    join(join_all((0..8).map(caller)), delete).await;

    let told = until(&tropa, "/readyz", 503).await;
    assert!(told.contains("tropa.db is not the file that was opened any more"), "{told}");
    let metrics = until(&tropa, "/metrics", 200).await;
    assert!(metrics.contains(r#"tropa_store_file{state="lost"} 1"#), "{metrics}");
    assert_eq!(tropa.get("/livez").await.unwrap().status, 200, "it must live: nobody else has the orders");

    let (by_hand, by_itself) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    rescue(&tropa, by_hand.path());
    tropa.signal("TERM");
    tropa.ended(Duration::from_secs(35)).await;
    let left = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let saved = left.into_iter().find(|path| path.to_string_lossy().contains("tropa.db.rescued-"));
    std::fs::copy(saved.expect("it saves what it holds"), by_itself.path().join("tropa.db")).unwrap();
    let accepted = accepted.into_inner().unwrap();
    assert!(accepted.len() >= begin, "{}", accepted.len());
    for rescued in [by_hand, by_itself] {
        let again = Tropa::start(rescued.path()).await;
        for id in &accepted {
            assert_eq!(again.get(&format!("/api/v1/orders/{id}")).await.unwrap().status, 200, "{id} is lost");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn junk_in_the_database_is_noticed_while_it_serves() {
    let data = tempfile::tempdir().unwrap();
    let mut tropa = Tropa::start(data.path()).await;
    for n in 0..100 {
        assert_eq!(create(&tropa, &format!("o-{n}")).await, 201);
    }
    tropa.signal("TERM");
    assert!(tropa.ended(Duration::from_secs(35)).await.success());
    let tropa = Tropa::start(data.path()).await;
    let metrics = until(&tropa, "/metrics", 200).await;
    assert!(metrics.contains(r#"tropa_store_file{state="sound"} 1"#), "{metrics}");
    let mut dd = Command::new("dd");
    dd.args(["if=/dev/urandom", "bs=4096", "seek=1", "count=16", "conv=notrunc", "status=none"]);
    assert!(dd.arg(format!("of={}", tropa.database().display())).status().unwrap().success());
    // Nobody asks for any of it: the patrol comes by.
    let told = until(&tropa, "/readyz", 503).await;
    assert!(told.contains("tropa.db is damaged"), "{told}");
    assert_eq!(create(&tropa, "late").await, 503);
    let metrics = until(&tropa, "/metrics", 200).await;
    assert!(metrics.contains(r#"tropa_store_file{state="damaged"} 1"#), "{metrics}");
}
