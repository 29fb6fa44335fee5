//! The fleet over HTTP.

use std::time::Duration;

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::api::with;
use crate::rig::FleetMode;

#[test]
fn a_driver_comes_moves_and_goes() {
    with(|api| async move {
        let put = api.call("PUT", "/api/v1/drivers/joao", r#"{"name":"João","status":"available"}"#).await;
        assert_eq!((put.status, put.header("location")), (201, "/api/v1/drivers/joao"));
        let again = api.call("PUT", "/api/v1/drivers/joao", r#"{"name":"João","status":"offline"}"#).await;
        assert_eq!((again.status, &again.json()["status"]), (200, &json!("offline")));
        let moved =
            api.post("/api/v1/drivers/joao/position", r#"{"lat":-23.55,"lng":-46.63,"heading":90}"#).await;
        let off =
            json!({"assignable": false, "unassignable_reason": "offline", "moved": true, "ignored": []});
        assert_eq!((moved.status, moved.json()), (200, off));
        let driver = api.get("/api/v1/drivers/joao").await.json();
        assert_eq!((&driver["position"]["lat"], &driver["name"]), (&json!(-23.55), &json!("João")));
        let inside = "/api/v1/drivers?bbox=-46.7,-23.6,-46.6,-23.5&status=offline";
        assert_eq!(api.get(inside).await.json()["drivers"][0]["id"], "joao");
        let elsewhere = api.get("/api/v1/drivers?bbox=0,0,1,1").await.json();
        assert_eq!(elsewhere["drivers"], json!([]));
        assert_eq!(api.call("DELETE", "/api/v1/drivers/joao", "").await.status, 204);
        api.get("/api/v1/drivers/joao").await.problem(404, "not-found");
        api.call("DELETE", "/api/v1/drivers/joao", "").await.problem(404, "not-found");
        api.post("/api/v1/drivers/joao/position", r#"{"lat":1,"lng":1}"#).await.problem(404, "not-found");
    });
}

#[test]
fn a_driver_with_an_order_stays() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("a").await;
        api.rig.reaches("a", tropa_dispatch::domain::Status::Dispatched).await;
        api.call("DELETE", "/api/v1/drivers/d-0", "").await.problem(409, "driver-busy");
    });
}

#[test]
fn a_driver_whose_order_has_ended_has_none() {
    with(|api| async move {
        api.rig.drivers(3).await;
        let mut held = Vec::new();
        for order in ["a", "b", "c"] {
            api.create(order).await;
            let order = api.rig.reaches(order, tropa_dispatch::domain::Status::Dispatched).await;
            held.push(order.driver_id.unwrap());
        }
        // Nobody who hears of an order's end can give its driver back.
        api.rig.fleet.set(FleetMode::Fails);
        assert_eq!(api.post("/api/v1/orders/a/deliver", "").await.status, 200);
        let view = api.get(&format!("/api/v1/drivers/{}", held[0])).await.json();
        assert_eq!((&view["order_id"], &view["assignable"]), (&json!(null), &json!(true)));
        assert_eq!(api.post("/api/v1/orders/b/cancel", "{}").await.status, 200);
        assert_eq!(api.call("DELETE", &format!("/api/v1/drivers/{}", held[1]), "").await.status, 204);
        let busy = format!("/api/v1/drivers/{}", held[2]);
        assert_eq!(api.get(&busy).await.json()["order_id"], "c");
        api.call("DELETE", &busy, "").await.problem(409, "driver-busy");
    });
}

#[test]
fn nobody_is_excluded_without_a_word() {
    with(|api| async move {
        api.call("PUT", "/api/v1/drivers/slow", r#"{"name":"Slow clock","status":"available"}"#).await;
        let seen = async || {
            let driver = api.get("/api/v1/drivers/slow").await.json();
            assert_eq!(
                api.get("/api/v1/drivers").await.json()["drivers"][0],
                driver,
                "the list says the same"
            );
            (driver["assignable"].clone(), driver["unassignable_reason"].clone())
        };
        assert_eq!(seen().await, (json!(false), json!("no_position")));
        let nowhere = r#"{"lat":0,"lng":0}"#;
        api.post("/api/v1/drivers/slow/position", nowhere).await.problem(422, "invalid-request");
        assert_eq!(seen().await, (json!(false), json!("no_position")), "0,0 is no position");
        // Standing still, its clock five minutes slow.
        let at = OffsetDateTime::now_utc() - Duration::from_mins(5);
        let report =
            json!({"lat": -23.55, "lng": -46.63, "heading": -1.5, "at": at.format(&Rfc3339).unwrap()});
        let moved = api.post("/api/v1/drivers/slow/position", &report.to_string()).await;
        assert_eq!(moved.status, 200, "{moved:?}");
        assert_eq!(
            (&moved.json()["assignable"], &moved.json()["unassignable_reason"]),
            (&json!(true), &json!(null))
        );
        let ignored: Vec<_> =
            moved.json()["ignored"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!(ignored, ["heading", "at"]);
        assert_eq!(seen().await, (json!(true), json!(null)));
        api.create("a").await;
        api.rig.reaches("a", tropa_dispatch::domain::Status::Dispatched).await;
        assert_eq!(seen().await, (json!(false), json!("has_order")));
    });
}

#[test]
fn a_phone_whose_clock_jumped_back_is_heard_and_told() {
    with(|api| async move {
        api.call("PUT", "/api/v1/drivers/back", r#"{"name":"Back","status":"available"}"#).await;
        let report = async |lat: f64, at: OffsetDateTime| {
            let report = json!({"lat": lat, "lng": 1, "at": at.format(&Rfc3339).unwrap()});
            api.post("/api/v1/drivers/back/position", &report.to_string()).await.json()
        };
        let position = async || api.get("/api/v1/drivers/back").await.json()["position"].clone();
        assert_eq!(report(1.0, OffsetDateTime::now_utc()).await["moved"], true);
        let before = position().await;
        let taken = report(2.0, OffsetDateTime::now_utc() - Duration::from_hours(1)).await;
        assert_eq!((&taken["moved"], &taken["assignable"]), (&json!(false), &json!(true)));
        let fields: Vec<_> = taken["ignored"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
        assert_eq!(fields, ["at"], "its clock is an hour off, and that is why nobody was moved");
        let why = taken["ignored"][0]["detail"].as_str().unwrap();
        assert!(why.starts_with("is 3600 s behind"), "{why}");
        assert!(why.contains(before["at"].as_str().unwrap()), "{why} names the position that stands");
        let after = position().await;
        assert_eq!((&after["lat"], &after["at"]), (&json!(1.0), &before["at"]));
        assert_ne!(after["heard_at"], before["heard_at"], "it was heard");
    });
}

#[test]
fn positions_come_by_the_line() {
    with(|api| async move {
        api.rig.drivers(2).await;
        let send = async |body: String, media_type: &str| {
            let request = api.request("POST", "/api/v1/drivers/positions").header("content-type", media_type);
            api.send(request, body).await
        };
        let line = |n| format!("{{\"driver_id\":\"d-{}\",\"lat\":-23.5,\"lng\":-46.{n:04}}}\n", n % 2);
        let mut lines = (0..2_000).map(line).collect::<Vec<_>>().concat();
        lines += "{\"driver_id\":\"ghost\",\"lat\":1,\"lng\":1}\nno json\n{\"driver_id\":\"d-0\",\"lat\":91,\"lng\":0}\n";
        lines += "{\"driver_id\":\"d-0\",\"lat\":0,\"lng\":0}\n";
        lines += "{\"driver_id\":\"d-1\",\"lat\":1,\"lng\":1,\"heading\":400,\"at\":\"2020-01-01T00:00:00Z\",\"speed\":2}\n";
        lines += "{\"driver_id\":\"d-1\",\"lat\":1,\"lng\":1,\"heading\":NaN}";
        let reported = send(lines, "application/x-ndjson").await;
        assert_eq!(reported.status, 200, "{reported:?}");
        let reported = reported.json();
        let counts = [&reported["accepted"], &reported["unknown"], &reported["rejected"]];
        assert_eq!(counts, [&json!(2_002), &json!(1), &json!(3)]);
        assert_eq!(
            reported["errors"][1],
            json!({"line": 2003, "errors": [
            {"field": "lat", "detail": "must be between -90 and 90, got 91"}]})
        );
        assert_eq!(reported["errors"][2]["line"], 2004, "no fix: {reported}");
        let ignored: Vec<_> =
            reported["ignored"][0]["errors"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
        assert_eq!((&reported["incomplete"], &reported["ignored"][0]["line"]), (&json!(2), &json!(2005)));
        let bare = &reported["ignored"][1]["errors"][0];
        assert_eq!(bare["field"], "heading", "a bare NaN is named: {reported}");
        assert_eq!(ignored, ["speed", "heading", "at"]);
        let nobody = json!({"offline": 0, "has_order": 0, "no_position": 0, "silent": 0});
        assert_eq!(reported["unassignable"], nobody);
        assert_eq!(reported["unknown_drivers"], json!(["ghost"]));
        assert_eq!(reported["unassignable_drivers"], json!([]));
        for name in ["away", "off"] {
            api.call("PUT", &format!("/api/v1/drivers/{name}"), r#"{"name":"x","status":"offline"}"#).await;
        }
        let of = |driver: &str| format!("{{\"driver_id\":\"{driver}\",\"lat\":1,\"lng\":1}}\n");
        let ghosts: String = (0..30).map(|n| of(&format!("ghost-{n}"))).collect();
        let lines = [&of("off"), &of("d-0"), &of("away"), &of("off"), &ghosts].map(String::as_str).concat();
        let reported = send(lines, "application/x-ndjson").await.json();
        let gone = |driver: &str| json!({"driver_id": driver, "unassignable_reason": "offline"});
        assert_eq!(reported["unassignable_drivers"], json!([gone("off"), gone("away")]), "each once");
        assert_eq!((&reported["unassignable"]["offline"], &reported["unknown"]), (&json!(3), &json!(30)));
        let names = reported["unknown_drivers"].as_array().unwrap();
        assert_eq!((names.len(), &names[0]), (20, &json!("ghost-0")), "no more are named");
        send("{}".into(), "application/json").await.problem(415, "unsupported-media-type");
    });
}

#[test]
fn wrong_drivers_are_refused_by_field() {
    with(|api| async move {
        let put = api.call("PUT", "/api/v1/drivers/x", r#"{"name":"","status":"asleep","age":3}"#).await;
        assert_eq!(put.fields(), ["name", "status", "age"]);
        let moved = api.post("/api/v1/drivers/x/position", r#"{"lat":91,"lng":"0","speed":3}"#).await;
        assert_eq!(moved.fields(), ["lat", "lng", "speed"]);
        assert_eq!(
            api.post("/api/v1/drivers/x/position", r#"{"lat":0,"lng":0}"#).await.fields(),
            ["lat", "lng"]
        );
        assert_eq!(
            api.get("/api/v1/drivers?bbox=1,2,3&status=x&limit=0").await.fields(),
            ["status", "bbox", "limit"]
        );
    });
}
