//! Messages on their way, looked at one by one; and what is set.

use std::sync::Arc;

use serde_json::{Value, json};
use tropa::config::{AdminToken, Flag, Origins, load};

use super::api::{Api, with, with_options};
use crate::rig::{self, until};

async fn messages(api: &Api, filter: &str) -> Vec<Value> {
    let page = api.get(&format!("/api/v1/outbox/messages{filter}")).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.json()["messages"].as_array().unwrap().clone()
}

#[test]
fn what_waits_is_seen_and_what_it_says_to_who_may() {
    with(|api| async move {
        assert_eq!(
            api.get("/api/v1/outbox/messages").await.json(),
            json!({ "messages": [], "next_after": null })
        );
        for id in ["a", "b"] {
            api.create(id).await;
        }
        // Nobody drives: both wait.
        until("both wait for a driver", async || messages(&api, "?state=postponed").await.len() == 2).await;
        let waiting = messages(&api, "?order_id=a").await;
        let [message] = &waiting[..] else { panic!("{waiting:?}") };
        assert_eq!(
            (&message["topic"], &message["waits_for"], &message["attempts"], &message["leased_by"]),
            (&"orders.dispatch_requested".into(), &"driver".into(), &0.into(), &Value::Null)
        );
        assert!(message.get("payload").is_none(), "who lists them does not see what they say");
        assert_eq!(messages(&api, "?topic=orders.created").await.len(), 0);
        let first = api.get("/api/v1/outbox/messages?limit=1").await.json();
        let after = first["next_after"].as_i64().unwrap();
        assert_eq!(messages(&api, &format!("?after={after}")).await.len(), 1);
        let outbox = api.get("/api/v1/outbox").await.json();
        assert_eq!(outbox["pending"], 2);
        assert_eq!(outbox["topics"][0]["topic"], "orders.dispatch_requested");

        let one = api.get(&format!("/api/v1/outbox/messages/{}", message["id"])).await.json();
        let said: Value = serde_json::from_str(one["payload"].as_str().unwrap()).unwrap();
        assert_eq!((&said["order"]["id"], &one["headers"]["x-aggregate-id"]), (&"a".into(), &"a".into()));
        assert_eq!(one["bytes"], one["payload"].as_str().unwrap().len());

        for missing in ["9999999", "x", "-1", "99999999999999999999"] {
            api.get(&format!("/api/v1/outbox/messages/{missing}")).await.problem(404, "not-found");
        }
        let wrong = api.get("/api/v1/outbox/messages?after=-1&topic=x&state=lost&limit=0").await;
        assert_eq!(wrong.fields(), ["after", "topic", "state", "limit"]);
    });
}

#[test]
fn nobody_else_sees_what_messages_say_nor_what_is_set() {
    let flag = |key: &str, value: &str| Flag { name: "--set", key: key.into(), value: value.into() };
    let flags = vec![flag("http.port", "8123"), flag("admin.token", "hush-hush-hush")];
    let entries = load(Origins { flags, ..Origins::none() }).unwrap().entries;
    with_options(
        rig::quick(),
        |options| {
            options.admin_token = Some(AdminToken::new("s"));
            options.configuration = Arc::from(entries);
        },
        |api, server| async move {
            for path in ["/api/v1/outbox/messages/1", "/api/v1/configuration"] {
                api.get(path).await.problem(401, "unauthorized");
            }
            let asked = api.request("GET", "/api/v1/configuration").header("authorization", "Bearer s");
            let answer = api.send(asked, "").await;
            assert!(!answer.text.contains("hush"), "{}", answer.text);
            let values = answer.json()["values"].as_array().unwrap().clone();
            let of = |name: &str| values.iter().find(|value| value["name"] == name).unwrap().clone();
            let port = of("WEB_SERVER_PORT");
            assert_eq!(
                (&port["value"], &port["source"], &port["said_by"]),
                (&"8123".into(), &"flag".into(), &"--set".into())
            );
            let token = of("TROPA_ADMIN_TOKEN");
            assert_eq!((&token["value"], &token["secret"]), (&"set".into(), &true.into()));
            let database = of("DATABASE_URL");
            assert_eq!((&database["value"], &database["source"]), (&"not set".into(), &"default".into()));
            server.stop().await;
        },
    );
}
