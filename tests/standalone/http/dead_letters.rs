//! Dead letters over HTTP.

use tropa_dispatch::port::DeadLetterFilter;

use super::api::with;

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
        assert_eq!(
            (counted.status, counted.text.as_str()),
            (200, r#"{"matched":3,"done":0,"dry_run":true}"#)
        );

        let id = letters[0]["id"].as_str().unwrap();
        let path = format!("/api/v1/dead-letters/{id}");
        assert_eq!(api.get(&path).await.json()["state"], "parked");
        assert_eq!(api.post(&format!("{path}/discard"), "{}").await.fields(), ["reason"]);
        let discarded = api.post(&format!("{path}/discard"), r#"{"reason":"by phone"}"#).await;
        assert_eq!((discarded.status, &discarded.json()["done"]), (200, &1.into()));
        let gone = api.get(&path).await.json();
        assert_eq!(
            (gone["state"].as_str(), gone["discard_reason"].as_str()),
            (Some("discarded"), Some("by phone"))
        );
        api.post(&format!("{path}/replay"), "").await.problem(409, "dead-letter-not-parked");

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
