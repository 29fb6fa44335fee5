//! What is refused, in the words a caller reads: each names the true cause, and the way out where there is one.

use serde_json::json;
use tropa_dispatch::domain::Status;

use super::api::{Api, with};

/// A request's method, path, headers and body; the status it is refused with, and what is said.
type Refused<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

const JSON: (&str, &str) = ("content-type", "application/json");
const NOBODY: &str = "00000000-0000-0000-0000-000000000001";

async fn told(api: &Api, table: &[Refused<'_>]) {
    for (method, path, headers, body, status, said) in table {
        let request = api.request(method, path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let reply = api.send(request, (*body).to_owned()).await;
        assert_eq!(reply.status, *status, "{method} {path} {body}: {reply:?}");
        assert_eq!(reply.json()["detail"], *said, "{method} {path} {body}");
    }
}

#[test]
fn orders() {
    with(|api| async move {
        let orders = "/api/v1/orders";
        let new = |body, said| ("POST", orders, &[JSON][..], body, 422, said);
        told(
            &api,
            &[
                new(r#"{"price":1,"currency":"brl"}"#, "currency must be in capital letters: BRL"),
                new(
                    r#"{"price":1,"currency":"XAU"}"#,
                    "currency must be a currency that is paid with, and XAU stands for \"Gold (one troy ounce)\" in ISO 4217",
                ),
                new(
                    r#"{"price":1,"currency":"ZZZ"}"#,
                    "currency must be a currency of ISO 4217, such as BRL, JPY or KWD, and ZZZ is none",
                ),
                new(r#"{"price":1e15}"#, "price must be at most 1000000000000.00"),
                new(r#"{"price":99999999999999999999}"#, "price must be at most 1000000000000.00"),
                new(r#"{"price":1,"fee":-5.5}"#, "fee must be 0 or more, got -5.5: what is taken off the price is a `discount`"),
                new(r#"{"price":1,"discount":"-5"}"#, "discount must be 0 or more, got \"-5\": what is taken off is written without a sign"),
                new(r#"{"price":1,"currency":"HRK"}"#, "currency must be a currency that is paid with: HRK was withdrawn, and EUR is in its place"),
                new(r#"{"price":-99999999999999999999}"#, "price must be 0 or more"),
                new(r#"{"price":"-1e30"}"#, "price must be 0 or more"),
            ],
        )
        .await;
        let keyed = [JSON, ("idempotency-key", "k")];
        let first = api.request("POST", orders).header(JSON.0, JSON.1).header("idempotency-key", "k");
        assert_eq!(api.send(first, r#"{"id":"a","price":1}"#).await.status, 201);
        let of_a = "/api/v1/orders/a/cancel";
        let unquoted =
            "the order is at version 1, and If-Match names none: it must be one in quotes, such as \"2\"";
        let page = [JSON, ("origin", "http://evil.example"), ("host", "tropa.example")];
        told(
            &api,
            &[
                (
                    "POST",
                    orders,
                    &keyed,
                    r#"{"price":2}"#,
                    422,
                    "Idempotency-Key was used for another request: it needs one of its own",
                ),
                ("POST", of_a, &[("if-match", "\"7\"")], "", 412, "the order is at version 1"),
                ("POST", of_a, &[("if-match", "1")], "", 412, unquoted),
                ("POST", of_a, &[("if-match", "W/\"1\"")], "", 412, unquoted),
                (
                    "POST",
                    orders,
                    &page,
                    r#"{"price":2}"#,
                    403,
                    "a page from elsewhere asked for this (Origin: http://evil.example; this is tropa.example)",
                ),
            ],
        )
        .await;
    });
}

#[test]
fn parameters() {
    with(|api| async move {
        let empty = "must not be empty: give it a value, or leave it out";
        let long = format!("/api/v1/orders?customer_id={}", "x".repeat(200));
        let mut table = vec![
            (
                "/api/v1/orders?driver_silent=maybe".to_owned(),
                "driver_silent must be true or false, got \"maybe\"".to_owned(),
            ),
            (long, "customer_id must have at most 128 characters, got 200".to_owned()),
        ];
        for (path, name) in [
            ("/api/v1/orders", "limit"),
            ("/api/v1/orders", "status"),
            ("/api/v1/drivers", "bbox"),
            ("/api/v1/dead-letters", "fingerprint"),
            ("/api/v1/actors", "instance"),
            ("/api/v1/stream", "topics"),
        ] {
            table.push((format!("{path}?{name}="), format!("{name} {empty}")));
        }
        for (path, said) in &table {
            told(&api, &[("GET", path, &[], "", 422, said)]).await;
        }
        for (method, path) in [
            ("POST", "/api/v1/orders"),
            ("GET", "/api/v1/orders"),
            ("GET", "/api/v1/orders/a"),
            ("GET", "/api/v1/orders/number/a"),
            ("POST", "/api/v1/orders/a/cancel"),
            ("GET", "/api/v1/drivers"),
            ("PUT", "/api/v1/drivers/a"),
            ("DELETE", "/api/v1/drivers/a"),
            ("POST", "/api/v1/drivers/positions"),
            ("GET", "/api/v1/dead-letters/groups"),
            ("GET", "/api/v1/overview"),
            ("GET", "/api/v1/instances/a"),
            ("GET", "/api/v1/actors/tropa/intake"),
            ("GET", "/api/v1/stream"),
        ] {
            let (path, said) = (format!("{path}?dryrun=1"), "dryrun is not a parameter of this request");
            told(&api, &[(method, &path, &[JSON], "{}", 422, said)]).await;
        }
        // Probes are asked by whoever likes, with whatever they add.
        assert_eq!(api.get("/livez?verbose").await.status, 200);
        assert_eq!(api.get("/api/v1/overview?").await.status, 200);
        assert_eq!(api.call("PATCH", "/api/v1/overview?x=1", "").await.status, 405);
    });
}

#[test]
fn what_is_not_there_is_named() {
    with(|api| async move {
        let letter = format!("/api/v1/dead-letters/{NOBODY}");
        let (replay, discard) = (format!("{letter}/replay"), format!("{letter}/discard"));
        let no_letter = format!("there is no dead letter {NOBODY}");
        let reason = r#"{"reason":"x"}"#;
        told(
            &api,
            &[
                ("GET", "/api/v1/orders/o-1", &[], "", 404, "there is no order o-1"),
                ("GET", "/api/v1/orders/o-1/events", &[], "", 404, "there is no order o-1"),
                ("GET", "/api/v1/orders/number/7", &[], "", 404, "there is no order with the number 7"),
                ("POST", "/api/v1/orders/o-1/cancel", &[], "", 404, "there is no order o-1"),
                ("POST", "/api/v1/orders/o-1/deliver", &[], "", 404, "there is no order o-1"),
                ("POST", "/api/v1/orders/o-1/dispatch", &[], "", 404, "there is no order o-1"),
                ("GET", "/api/v1/drivers/x", &[], "", 404, "there is no driver x"),
                ("DELETE", "/api/v1/drivers/x", &[], "", 404, "there is no driver x"),
                (
                    "POST",
                    "/api/v1/drivers/x/position",
                    &[JSON],
                    r#"{"lat":1,"lng":1}"#,
                    404,
                    "there is no driver x: PUT /api/v1/drivers/x makes one",
                ),
                ("GET", "/api/v1/actors/tropa/x", &[], "", 404, "there is no actor /tropa/x"),
                ("POST", "/api/v1/actors/tropa/x/kill", &[JSON], reason, 404, "there is no actor /tropa/x"),
                ("GET", "/api/v1/actors?instance=x", &[], "", 404, "there is no instance x"),
                ("GET", "/api/v1/instances/x", &[], "", 404, "there is no instance x"),
                ("POST", "/api/v1/instances/x/drain", &[], "", 404, "there is no instance x"),
                ("GET", &letter, &[], "", 404, &no_letter),
                ("POST", &replay, &[], "", 404, &no_letter),
                ("POST", &discard, &[JSON], reason, 404, &no_letter),
            ],
        )
        .await;
    });
}

#[test]
fn a_driver_who_cannot_be_given_an_order_is_told_of_by_the_reason() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("held").await;
        api.rig.reaches("held", Status::Dispatched).await;
        let off = json!({"name": "Off", "status": "offline"});
        assert_eq!(api.call("PUT", "/api/v1/drivers/off", off).await.status, 201);
        api.create("waits").await;
        let named = |driver: &str| format!(r#"{{"driver_id":"{driver}"}}"#);
        for (driver, said) in [
            ("nobody", "there is no driver nobody"),
            ("off", "driver off is offline"),
            ("d-0", "driver d-0 has order held"),
        ] {
            let refused = api.post("/api/v1/orders/waits/dispatch", named(driver)).await;
            assert_eq!(refused.problem(409, "driver-unavailable")["detail"], said);
        }
    });
}
