//! The description is the truth about the paths.

use serde_json::Value;

use super::api::with;

#[test]
fn every_described_operation_is_served() {
    with(|api| async move {
        let document: Value = api.get("/openapi.json").await.json();
        assert_eq!(document, serde_json::from_str::<Value>(&tropa::http::openapi()).unwrap());
        for (path, item) in document["paths"].as_object().unwrap() {
            let concrete = path
                .replace("{path}", "tropa")
                .replace("{verb}", "kill")
                .replace("{id}", "none")
                .replace("{order_number}", "none");
            let allowed = api.call("OPTIONS", &concrete, "").await;
            assert_eq!(allowed.status, 204, "{path} is described and not served");
            let allowed: Vec<_> = allowed.header("allow").split(", ").map(str::to_lowercase).collect();
            for method in item.as_object().unwrap().keys().filter(|k| *k != "parameters") {
                assert!(allowed.contains(method), "{method} {path} is described and not served");
            }
        }
    });
}

#[test]
fn there_is_a_page_to_try_it_and_one_for_every_problem() {
    with(|api| async move {
        assert_eq!(api.get("/docs").await.header("location"), "/docs/");
        let page = api.get("/docs/").await;
        assert!(page.header("content-type").starts_with("text/html") && page.text.contains("swagger"));
        assert!(api.get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
        api.get("/docs/none.js").await.problem(404, "not-found");
        let missing = api.get("/api/v1/orders/none").await.json();
        let explained = api.get(missing["type"].as_str().unwrap()).await;
        assert!(explained.status == 200 && explained.text.contains("Not found"));
        assert!(api.get("/problems").await.text.contains("rate-limited"));
        api.get("/problems/none").await.problem(404, "not-found");
    });
}
