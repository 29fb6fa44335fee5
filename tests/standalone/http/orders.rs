//! Accept and look.

use serde_json::json;
use tropa_dispatch::domain::Status;

use super::api::{Api, with};

#[test]
fn the_readmes_order_is_accepted_and_dispatched() {
    with(|api| async move {
        api.rig.drivers(1).await;
        let created = api.create("pedido-teste-01").await;
        assert_eq!(created.status, 201, "{created:?}");
        assert_eq!(created.header("location"), "/api/v1/orders/pedido-teste-01");
        assert_eq!(created.header("etag"), "\"1\"");
        assert_eq!(created.header("content-type"), "application/json");
        assert!(created.text.contains(r#""price":100.00,"tax":10.00,"final_price":110.00"#), "{created:?}");
        assert_eq!(created.json()["status"], "PENDING");
        api.rig.reaches("pedido-teste-01", Status::Dispatched).await;
        let order = api.get("/api/v1/orders/pedido-teste-01").await;
        assert_eq!((order.status, order.header("etag")), (200, "\"2\""));
        assert_eq!(order.json()["driver"], json!({"id": "d-0", "name": "Driver d-0"}));
        assert!(!order.text.contains("claim"), "the claim is the pipeline's own: {}", order.text);
        let events = api.get("/api/v1/orders/pedido-teste-01/events").await.json();
        assert_eq!((&events[0]["event"], &events[0]["version"]), (&json!("created"), &json!(1)));
        assert_eq!((&events[1]["event"], &events[1]["driver"]["id"]), (&json!("dispatched"), &json!("d-0")));
        assert_eq!(events[0]["trace_id"].as_str().unwrap(), created.header("x-trace-id"));
    });
}

#[test]
fn the_same_id_is_the_same_order() {
    with(|api| async move {
        assert_eq!(api.create("a").await.status, 201);
        let again = api.create("a").await;
        assert_eq!((again.status, again.header("etag")), (200, "\"1\""));
        let other = api.post("/api/v1/orders", r#"{"id":"a","price":99,"tax":10}"#).await;
        assert_eq!(other.problem(409, "id-taken")["detail"], "order a exists, with other content");
        let numbered = |id: &str| json!({"id": id, "price": 1, "tax": 0, "order_number": "N-1"});
        assert_eq!(api.post("/api/v1/orders", numbered("b")).await.status, 201);
        let taken = api.post("/api/v1/orders", numbered("c")).await.problem(409, "order-number-taken");
        assert_eq!(taken["detail"], "order number N-1 belongs to another order");
        assert_eq!(api.get("/api/v1/orders/number/N-1").await.json()["id"], "b");
        assert_eq!(api.count().await, 2);
    });
}

#[test]
fn an_idempotency_key_replays_the_first_answer() {
    with(|api| async move {
        let send = async |key: &str, body: &str, caller: &str| {
            let request = api.request("POST", "/api/v1/orders").header("content-type", "application/json");
            let request = request.header("idempotency-key", key).header("authorization", caller);
            api.send(request, body.to_owned()).await
        };
        let body = r#"{"price":100,"tax":10}"#;
        let first = send("k-1", body, "Bearer a").await;
        assert_eq!(first.status, 201);
        assert!(!first.headers.contains_key("idempotency-replayed"));
        let replay = send("k-1", r#"{"tax":"10.00","price":1e2}"#, "Bearer a").await;
        assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, "true"));
        assert_eq!(replay.json()["id"], first.json()["id"]);
        let reused = send("k-1", r#"{"price":101,"tax":10}"#, "Bearer a").await;
        reused.problem(422, "idempotency-key-reused");
        let renewed = send("k-1", body, "Bearer b").await;
        assert_eq!(renewed.json()["id"], first.json()["id"], "not the credential's of the moment");
        let another = send("k-1", body, "Basic YW5hOjE=").await;
        assert_ne!(another.json()["id"], first.json()["id"], "keys are the caller's own");
        assert_eq!(send("k-1", body, "Basic YW5hOjI=").await.json()["id"], another.json()["id"], "ana again");
        assert_eq!(send("a b", body, "Bearer a").await.fields(), ["Idempotency-Key"]);
        assert_eq!(api.count().await, 2);
    });
}

#[test]
fn thirty_two_at_once_make_one_order() {
    with(|api| async move {
        let replies = futures_util::future::join_all((0..32).map(|n| {
            let api = api.clone();
            async move {
                // Half of them say something else.
                let price = if n % 2 == 0 { "100" } else { "200" };
                let body = format!(r#"{{"id":"one","price":{price},"tax":0}}"#);
                (price, api.post("/api/v1/orders", body).await)
            }
        }))
        .await;
        let created: Vec<_> = replies.iter().filter(|(_, reply)| reply.status == 201).collect();
        let [(winner, _)] = created[..] else { panic!("{} were created", created.len()) };
        for (price, reply) in replies.iter().filter(|(_, reply)| reply.status != 201) {
            let expected = if price == winner { 200 } else { 409 };
            assert_eq!(reply.status, expected, "{reply:?}");
        }
        assert_eq!(api.count().await, 1);
        assert_eq!(api.get("/api/v1/orders/one/events").await.json()[0]["event"], "created");
    });
}

#[test]
fn a_condition_spares_the_body() {
    with(|api| async move {
        api.create("a").await;
        let request = |tag: &str| api.request("GET", "/api/v1/orders/a").header("if-none-match", tag);
        let same = api.send(request("\"1\""), "").await;
        assert_eq!((same.status, same.text.as_str(), same.header("etag")), (304, "", "\"1\""));
        assert_eq!(api.send(request("\"7\""), "").await.status, 200);
    });
}

#[test]
fn pages_follow_one_another() {
    with(|api| async move {
        for n in 0..7 {
            api.create(&format!("o-{n}")).await;
        }
        for id in ["o-0", "o-3"] {
            api.post(&format!("/api/v1/orders/{id}/cancel"), "").await;
        }
        let mut seen = Vec::new();
        let mut path = "/api/v1/orders?limit=2&status=PENDING".to_owned();
        loop {
            let page = api.get(&path).await;
            assert_eq!(page.status, 200, "{page:?}");
            let orders = page.json()["orders"].as_array().unwrap().clone();
            seen.extend(orders.iter().map(|o| o["id"].as_str().unwrap().to_owned()));
            let Some(link) = page.headers.get("link") else { break };
            assert!(page.json()["next_cursor"].is_string());
            let link = link.to_str().unwrap().strip_prefix('<').unwrap();
            path = link.split_once(">; rel=\"next\"").unwrap().0.to_owned();
        }
        assert_eq!(seen, ["o-6", "o-5", "o-4", "o-2", "o-1"]);
        let offset = api.get("/api/v1/orders?offset=5").await.json();
        assert_eq!(offset["orders"].as_array().unwrap().len(), 2);
        let wrong = api.get("/api/v1/orders?limit=0&cursor=x&colour=red").await;
        assert_eq!(wrong.fields(), ["limit", "cursor", "colour"]);
    });
}

#[test]
fn what_is_wrong_is_refused_whole() {
    with(|api| async move {
        let fields = async |body: &str| api.post("/api/v1/orders", body).await.fields();
        let all = r#"{"id":"a/b","price":0.00001,"tax":-1,"currency":"x","pickup":{"lat":91,"lng":0},"x":1}"#;
        assert_eq!(fields(all).await, ["id", "currency", "tax", "price", "pickup.lat", "x"]);
        assert_eq!(fields(r#"{"tax":1}"#).await, ["price"]);
        for price in ["-1", "0.001", "1e30", "\"abc\"", "\"NaN\"", "null"] {
            assert_eq!(fields(&format!(r#"{{"price":{price},"tax":1}}"#)).await, ["price"], "{price}");
        }
        let items = r#"{"price":3,"tax":1,"items":[{"product_id":"p","product_name":"n","quantity":1,"unit_price":2}]}"#;
        assert_eq!(fields(items).await, ["price"]);
        let long = format!(r#"{{"id":"{}","price":1,"tax":1}}"#, "x".repeat(300));
        assert_eq!(fields(&long).await, ["id"]);
        for id in ["a/b", "a%2Fb", "a?b", "a\\u0000b", "\\ud800", ""] {
            assert_eq!(fields(&format!(r#"{{"id":"{id}","price":1,"tax":1}}"#)).await, ["id"], "{id}");
        }
        for body in ["", "{", "NaN", r#"{"price":NaN}"#, &"[".repeat(10_000)] {
            api.post("/api/v1/orders", body).await.problem(400, "malformed-request");
        }
        let deep = format!(r#"{{"price":1,"tax":1,"id":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(fields(&deep).await, ["id"]);
        assert_eq!(api.count().await, 0, "nothing half-created");
    });
}

#[test]
fn what_is_not_there_is_not_found() {
    with(|api| async move {
        let check = async |api: &Api, path: &str| api.get(path).await.problem(404, "not-found");
        check(&api, "/api/v1/orders/none").await;
        check(&api, "/api/v1/orders/none/events").await;
        check(&api, "/api/v1/orders/number/none").await;
        check(&api, "/api/v1/orders/a/b/c").await;
        assert_eq!(api.get("/api/v1/orders/a%2Fb").await.fields(), ["id"]);
        assert_eq!(api.get("/api/v1/orders/a%00").await.fields(), ["id"]);
        assert_eq!(api.get(&format!("/api/v1/orders/{}", "x".repeat(300))).await.fields(), ["id"]);
    });
}

#[test]
fn what_is_missing_is_named() {
    with(|api| async move {
        for (path, detail) in [
            ("/api/v1/orders/o-1", "there is no order o-1"),
            ("/api/v1/orders/o-1/events", "there is no order o-1"),
            ("/api/v1/orders/number/N-1", "there is no order with the number N-1"),
        ] {
            assert_eq!(api.get(path).await.problem(404, "not-found")["detail"], detail);
        }
    });
}
