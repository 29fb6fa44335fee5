//! Dead letters over HTTP.

use std::time::Duration;

use serde_json::Value;
use tropa_dispatch::domain::Status;
use tropa_dispatch::port::DeadLetterFilter;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing::sample;

use super::api::{with, with_options};
use crate::rig::{quick, until};

#[test]
fn letters_are_listed_grouped_replayed_and_discarded() {
    with(|api| async move {
        let empty = api.get("/api/v1/dead-letters").await;
        assert_eq!((empty.status, empty.text.as_str()), (200, "[]"));
        api.rig.park(3).await;
        let letters = api.get("/api/v1/dead-letters?state=parked&limit=2").await.json();
        assert_eq!(letters.as_array().unwrap().len(), 2);
        let groups = api.get("/api/v1/dead-letters/groups").await.json();
        assert_eq!((&groups[0]["count"], groups.as_array().unwrap().len()), (&3.into(), 1));
        let fingerprint = groups[0]["fingerprint"].as_str().unwrap();
        let counted = api
            .post(
                "/api/v1/dead-letters/operations",
                format!(r#"{{"action":"discard","dry_run":true,"reason":"x","filter":{{"fingerprint":"{fingerprint}"}}}}"#),
            )
            .await;
        let told = counted.json();
        assert_eq!((counted.status, &told["matched"], &told["dry_run"]), (200, &3.into(), &true.into()));
        assert_eq!((told["sample"].as_array().unwrap().len(), &told["done"]), (3, &0.into()));
        assert_eq!(groups[0]["per_minute"].as_array().unwrap().len(), 30);

        let id = letters[0]["id"].as_str().unwrap();
        let path = format!("/api/v1/dead-letters/{id}");
        let shown = api.get(&path).await.json();
        assert_eq!((&shown["state"], &shown["payload"]), (&"parked".into(), &Value::Null));
        let whole = api.get(&format!("{path}/payload")).await.json();
        let bytes = whole["payload"].as_str().unwrap().len();
        assert_eq!(shown["payload_bytes"], bytes);
        let looked = api.get("/api/v1/audit?limit=1").await.json()["entries"][0].clone();
        assert_eq!((&looked["action"], &looked["target"]), (&"dead_letter.reveal".into(), &id.into()));
        assert_eq!(api.post(&format!("{path}/discard"), "{}").await.fields(), ["reason"]);
        let discarded = api.post(&format!("{path}/discard"), r#"{"reason":"by phone"}"#).await;
        assert_eq!((discarded.status, &discarded.json()["done"]), (200, &1.into()));
        let gone = api.get(&path).await.json();
        assert_eq!(
            (gone["state"].as_str(), gone["discard_reason"].as_str()),
            (Some("discarded"), Some("by phone"))
        );
        api.post(&format!("{path}/replay"), "").await.problem(409, "dead-letter-not-parked");
        assert_eq!(api.post(&format!("{path}/restore"), "").await.json()["done"], 1);
        assert_eq!(api.get(&path).await.json()["state"], "parked");
        api.post(&format!("{path}/restore"), "").await.problem(409, "dead-letter-not-discarded");
        assert_eq!(api.post(&format!("{path}/discard"), r#"{"reason":"by phone"}"#).await.status, 200);

        let rest =
            api.post("/api/v1/dead-letters/operations", r#"{"action":"discard","reason":"all"}"#).await;
        assert_eq!(rest.json()["matched"], 2);
        let filter = DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
        assert_eq!(api.rig.letters().list(filter).await.unwrap().len(), 3, "nothing is ever lost");

        let unknown = "/api/v1/dead-letters/01890000-0000-7000-8000-000000000000";
        api.get(unknown).await.problem(404, "not-found");
        assert_eq!(api.get("/api/v1/dead-letters/no-uuid").await.fields(), ["id"]);
        assert_eq!(
            api.get("/api/v1/dead-letters?state=lost&fingerprint=ab").await.fields(),
            ["state", "fingerprint"]
        );
    });
}

#[test]
fn a_long_replay_is_not_waited_for() {
    let settings = Settings { dispatch_deadline: Duration::from_millis(100), ..quick() };
    with_options(
        settings,
        |_| {},
        |api, server| async move {
            api.create("a").await;
            let order = api.rig.reaches("a", Status::ManualDispatch).await;
            let letter = sample::letter(&order, "not now");
            api.rig.letters().park(vec![letter]).await.unwrap();
            // One page, which is waited for; nothing can come of them, they name no order.
            api.rig.park(499).await;
            let all = || api.post("/api/v1/dead-letters/operations", r#"{"action":"replay"}"#);
            let page = all().await;
            let told = page.json();
            assert_eq!(
                (page.status, &told["matched"], &told["done"]),
                (200, &500.into(), &1.into()),
                "{told}"
            );
            assert_eq!((&told["failed"], &told["under_way"]), (&499.into(), &false.into()));

            let letter = sample::letter(&order, "not now either");
            let path = format!("/api/v1/dead-letters/{}", letter.id);
            api.rig.letters().park(vec![letter]).await.unwrap();
            api.rig.park(1).await;
            let more = all().await;
            let told = more.json();
            assert_eq!((more.status, &told["matched"], &told["under_way"]), (202, &501.into(), &true.into()));
            until("it goes on", async || api.get(&path).await.json()["state"] == "replayed").await;
            server.stop().await;
        },
    );
}
