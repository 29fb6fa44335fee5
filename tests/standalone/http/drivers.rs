//! The fleet over HTTP.

use serde_json::json;

use super::api::with;

#[test]
fn a_driver_comes_moves_and_goes() {
    with(|api| async move {
        let put = api.call("PUT", "/api/v1/drivers/joao", r#"{"name":"João","status":"available"}"#).await;
        assert_eq!((put.status, put.header("location")), (201, "/api/v1/drivers/joao"));
        let again = api.call("PUT", "/api/v1/drivers/joao", r#"{"name":"João","status":"offline"}"#).await;
        assert_eq!((again.status, &again.json()["status"]), (200, &json!("offline")));
        let moved =
            api.post("/api/v1/drivers/joao/position", r#"{"lat":-23.55,"lng":-46.63,"heading":90}"#).await;
        assert_eq!((moved.status, moved.text.as_str()), (204, ""));
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
fn positions_come_by_the_line() {
    with(|api| async move {
        api.rig.drivers(2).await;
        let send = async |body: String, media_type: &str| {
            let request = api.request("POST", "/api/v1/drivers/positions").header("content-type", media_type);
            api.send(request, body).await
        };
        let line = |n| format!("{{\"driver_id\":\"d-{}\",\"lat\":-23.5,\"lng\":-46.{n:04}}}\n", n % 2);
        let mut lines = (0..2_000).map(line).collect::<Vec<_>>().concat();
        lines += "{\"driver_id\":\"ghost\",\"lat\":1,\"lng\":1}\nno json\n{\"driver_id\":\"d-0\",\"lat\":91,\"lng\":0}";
        let reported = send(lines, "application/x-ndjson").await;
        assert_eq!(reported.status, 200, "{reported:?}");
        let reported = reported.json();
        let counts = [&reported["accepted"], &reported["unknown"], &reported["rejected"]];
        assert_eq!(counts, [&json!(2_000), &json!(1), &json!(2)]);
        assert_eq!(
            reported["errors"][1],
            json!({"line": 2003, "errors": [
            {"field": "lat", "detail": "must be between -90 and 90, got 91"}]})
        );
        send("{}".into(), "application/json").await.problem(415, "unsupported-media-type");
    });
}

#[test]
fn wrong_drivers_are_refused_by_field() {
    with(|api| async move {
        let put = api.call("PUT", "/api/v1/drivers/x", r#"{"name":"","status":"asleep","age":3}"#).await;
        assert_eq!(put.fields(), ["name", "status", "age"]);
        let moved = api
            .post("/api/v1/drivers/x/position", r#"{"lat":91,"lng":"0","at":"2999-01-01T00:00:00Z"}"#)
            .await;
        assert_eq!(moved.fields(), ["lat", "lng", "at"]);
        assert_eq!(
            api.get("/api/v1/drivers?bbox=1,2,3&status=x&limit=0").await.fields(),
            ["status", "bbox", "limit"]
        );
    });
}
