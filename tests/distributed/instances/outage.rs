//! An instance that cannot reach Redis.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::company::{Company, problem, ready, restart, states, until};

/// A way to a server that is cut when it is dropped.
struct Way {
    address: SocketAddr,
    _open: JoinSet<()>,
}

impl Way {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut open = JoinSet::new();
        open.spawn(async move {
            // Dropped with this task: connections end when the way does.
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let server = server.clone();
                connections.spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { address, _open: open }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_it_answers_for_itself_and_says_the_others_are_unknown() {
    let company = Company::new().await;
    let way = Way::to(company.redis()).await;
    let url = format!("redis://{}", way.address);
    let a = ready(company.setup("a").with("REDIS_URL", url).start().await).await;
    let b = company.start("b").await;
    until("they see each other", async || {
        states(&a, &["a", "b"]).await == ["live", "live"] && states(&b, &["a"]).await == ["live"]
    })
    .await;

    drop(way);
    until("it is alone", async || states(&a, &["a", "b"]).await == ["live", "unknown"]).await;
    let refused = restart(&a, "b").await;
    assert_eq!(problem(&refused), (503, "/problems/unavailable".to_owned()));
    let registrar = a.get("/api/v1/actors/tropa/registrar").await.unwrap().json();
    assert!(registrar["condition"].as_str().is_some_and(|c| c.contains("unknown")), "{registrar}");
    // What concerns itself goes on, and so do orders.
    assert_eq!(restart(&a, "a").await.status, 202);
    let order = json!({ "id": "o-1", "price": 1, "tax": 1 });
    assert_eq!(a.post("/api/v1/orders", &order).await.unwrap().status, 201);
    until("the other one misses it", async || states(&b, &["a"]).await == ["gone"]).await;
}
