//! Who there is, and telling another one something.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::Tropa;

use super::company::{CONSUMER, Company, epochs, named, problem, restart, seen, states, until};

const WITHIN: Duration = Duration::from_secs(40);

/// What a live stream says up to the end of its first snapshot.
async fn snapshot(of: &Tropa, path: &str) -> String {
    let mut socket = TcpStream::connect(of.addresses().http).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let (mut piece, mut text) = (vec![0; 64 << 10], String::new());
    let ended =
        |text: &str| text.split_once("event: snapshot").is_some_and(|(_, data)| data.contains("\n\n"));
    while !ended(&text) {
        let count = timeout(WITHIN, socket.read(&mut piece)).await.expect("it says something").unwrap();
        text += &String::from_utf8_lossy(&piece[..count]);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dies_is_stale_then_gone_and_who_leaves_is_stopped() {
    let company = Company::new().await;
    let [a, mut b, mut c] = company.start_all(["a", "b", "c"]).await;
    until("it is known where b is reached", async || {
        seen(&a, "b").await["advertise_url"] == b.url().as_str()
    })
    .await;

    c.signal("KILL");
    c.ended(WITHIN).await;
    // It is seen in each state on the way, and never missing.
    for state in ["stale", "gone"] {
        until(state, async || {
            let now = states(&a, &["c"]).await.remove(0);
            assert!(["live", "stale", "gone"].contains(&now.as_str()), "{now}");
            now == state
        })
        .await;
    }
    // Each looks at its own times.
    until("the other sees it too", async || states(&b, &["a", "b", "c"]).await == ["live", "live", "gone"])
        .await;
    assert_eq!(problem(&restart(&a, "c").await), (409, "/problems/instance-gone".to_owned()));
    assert_eq!(problem(&restart(&a, "nobody").await), (404, "/problems/not-found".to_owned()));

    b.signal("TERM");
    assert!(b.ended(WITHIN).await.success(), "{}", b.log());
    until("its farewell is seen", async || states(&a, &["b"]).await == ["stopped"]).await;
    assert_eq!(problem(&restart(&a, "b").await), (409, "/problems/instance-gone".to_owned()));
    let metrics = a.get("/metrics").await.unwrap().text;
    for line in ["tropa_instances{state=\"gone\"} 1", "tropa_instances{state=\"stopped\"} 1"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_restarts_that_actor_of_that_instance_only() {
    let company = Company::new().await;
    let [a, b] = company.start_all(["a", "b"]).await;
    let before = (epochs(&a).await, epochs(&b).await);
    let sent = restart(&a, "b").await;
    assert_eq!((sent.status, &sent.json()["actor"]["instance"]), (202, &Value::from("b")), "{sent:?}");
    let restarted = |(path, epoch): (String, u64)| {
        let again = u64::from(path.trim_start_matches('/') == CONSUMER);
        (path, epoch + again)
    };
    let expected: Vec<_> = before.1.into_iter().map(restarted).collect();
    until("it is restarted", async || epochs(&b).await == expected).await;
    assert_eq!(epochs(&a).await, before.0, "the one that was asked is left alone");
    until("it is seen from elsewhere", async || {
        a.get(&format!("/api/v1/actors/{CONSUMER}?instance=b")).await.unwrap().json()["epoch"] == 2
    })
    .await;
    let all = a.get("/api/v1/actors?instance=all").await.unwrap().json();
    let of = |id: &str| all.as_array().unwrap().iter().filter(|actor| actor["instance"] == id).count();
    assert!(of("a") > 10 && of("a") == of("b"), "{} {}", of("a"), of("b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_not_taken_in_time_is_never_carried_out() {
    let company = Company::new().await;
    let patient = company.setup("a").with("TROPA_HTTP_COMMAND_DEADLINE_SECONDS", 2);
    let a = super::company::ready(patient.start().await).await;
    let mut b = company.start("b").await;
    until("a sees b", async || states(&a, &["b"]).await == ["live"]).await;
    let boot = seen(&a, "b").await["boot"].clone();

    b.signal("STOP");
    let silent = restart(&a, "b").await;
    assert_eq!(problem(&silent), (503, "/problems/instance-silent".to_owned()));
    assert!(silent.json()["detail"].as_str().unwrap().contains("nothing was done"), "{silent:?}");
    b.signal("CONT");
    // Another command goes the same way, so the first would have come before it.
    until("b takes commands again", async || restart(&a, "b").await.status == 202).await;
    let consumer = async || {
        let epochs = epochs(&b).await;
        epochs.into_iter().find(|(path, _)| path.trim_start_matches('/') == CONSUMER).unwrap().1
    };
    until("it is restarted", async || consumer().await > 1).await;
    assert_eq!(consumer().await, 2, "only the second command was carried out");

    // The next process of this name is another one, and takes its place.
    b.signal("KILL");
    b.ended(WITHIN).await;
    let b = company.start("b").await;
    until("one b, and it lives", async || {
        let named = named(&a, "b").await;
        named.len() == 1 && named[0]["state"] == "live" && named[0]["boot"] != boot
    })
    .await;
    assert_eq!(seen(&b, "b").await["here"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_instance_tells_what_another_ones_actors_were_like() {
    let company = Company::new().await;
    let [a, b] = company.start_all(["a", "b"]).await;
    assert_eq!(restart(&a, "b").await.status, 202);
    let of = async |by: &Tropa, what: &str, instance: &str| {
        by.get(&format!("/api/v1/actors/{CONSUMER}/{what}?instance={instance}")).await.unwrap()
    };
    until("its exit is told", async || of(&a, "history", "b").await.json()["exits"][0]["epoch"] == 1).await;
    assert_eq!(of(&a, "history", "a").await.json()["exits"], serde_json::json!([]));
    let effects = of(&a, "effects", "b").await.json();
    assert_eq!((&effects["epoch"], &effects["verbs"][1]["verb"]), (&Value::from(2), &Value::from("kill")));
    assert_eq!(problem(&of(&a, "history", "nobody").await), (404, "/problems/not-found".to_owned()));

    // A dozen orders are in memory somewhere, and each instance says where.
    for n in 0..12 {
        let order = serde_json::json!({ "id": format!("kept-{n}"), "price": 1, "tax": 1 });
        assert_eq!(a.post("/api/v1/orders", &order).await.unwrap().status, 201);
    }
    for by in [&a, &b] {
        until("all are found", async || {
            let all = by.get("/api/v1/aggregates?instance=all&id=kept&limit=50").await.unwrap().json();
            let mut ids: Vec<_> =
                all.as_array().unwrap().iter().map(|each| each["order_id"].clone()).collect();
            ids.sort_by_key(Value::to_string);
            ids.dedup();
            ids.len() == 12
        })
        .await;
    }

    // The stream shows the other one's actors, too.
    let topics = "/api/v1/stream?topics=actors&instance=";
    let shown = |text: &str, instance: &str| text.contains(&format!("\"instance\":\"{instance}\""));
    let of_b = snapshot(&a, &format!("{topics}b")).await;
    assert!(shown(&of_b, "b") && !shown(&of_b, "a"), "{of_b}");
    let of_all = snapshot(&a, &format!("{topics}all")).await;
    assert!(shown(&of_all, "a") && shown(&of_all, "b"), "{of_all}");
}
