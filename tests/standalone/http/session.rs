//! Signing in: what a cookie is good for, and what not.

use hyper::http::request::Builder;
use serde_json::Value;
use tropa::http::{AdminToken, Options};

use super::api::{Api, Reply, with, with_options};
use crate::rig;

const SESSION: &str = "/api/v1/session";
const RELAY: &str = "/api/v1/actors/tropa/outbox/relay";

fn guarded(options: &mut Options) {
    options.admin_token = Some(AdminToken::new("admin-token"));
    options.operator_token = Some(AdminToken::new("operator-token"));
    options.viewer_token = Some(AdminToken::new("viewer-token"));
}

/// Somebody who has signed in.
struct Person<'a> {
    api: &'a Api,
    cookie: String,
    csrf: String,
}

impl<'a> Person<'a> {
    async fn new(api: &'a Api, token: &str) -> Self {
        let opened = api.post(SESSION, format!(r#"{{"token":"{token}"}}"#)).await;
        assert_eq!(opened.status, 200, "{opened:?}");
        let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { api, cookie, csrf: opened.json()["csrf"].as_str().unwrap().to_owned() }
    }

    fn request(&self, method: &str, path: &str) -> Builder {
        let request = self.api.request(method, path).header("content-type", "application/json");
        request.header("cookie", format!("theme=dark; {}", self.cookie))
    }

    async fn post(&self, path: &str, body: &'static str) -> Reply {
        self.api.send(self.request("POST", path).header("x-csrf-token", &self.csrf), body).await
    }

    async fn who(&self) -> Value {
        self.api.send(self.request("GET", SESSION), "").await.json()
    }
}

#[test]
fn on_this_machine_nobody_signs_in() {
    with(|api| async move {
        let who = api.get(SESSION).await.json();
        assert_eq!((&who["required"], &who["subject"]), (&false.into(), &"local".into()));
        assert_eq!((&who["role"], &who["csrf"]), (&"chaos".into(), &Value::Null));
        assert_eq!((&who["mode"], &who["instance"]["id"]), (&"standalone".into(), &"rig".into()));
        let opened = api.post(SESSION, r#"{"token":"any"}"#).await;
        assert_eq!((opened.status, opened.headers.get("set-cookie")), (200, None));
        let passed_on = api.request("GET", SESSION).header("x-forwarded-for", "10.0.0.1");
        let who = api.send(passed_on, "").await.json();
        assert_eq!((&who["required"], &who["role"]), (&true.into(), &Value::Null));
    });
}

#[test]
fn a_token_is_exchanged_for_a_cookie() {
    with_options(rig::quick(), guarded, |api, server| async move {
        let who = api.get(SESSION).await.json();
        assert_eq!((&who["required"], &who["role"]), (&true.into(), &Value::Null));
        let body = r#"{"token":"operator-token","name":"maria"}"#;
        let elsewhere = api.request("POST", SESSION).header("content-type", "application/json");
        let elsewhere = api.send(elsewhere.header("host", "tropa.example"), body).await;
        let cookie = elsewhere.header("set-cookie");
        for part in
            ["tropa_session=", "; Path=/", "; Max-Age=43200", "; HttpOnly", "; SameSite=Strict", "; Secure"]
        {
            assert!(cookie.contains(part), "{cookie}");
        }
        let here = api.post(SESSION, body).await;
        assert!(!here.header("set-cookie").contains("Secure"), "{here:?}");
        assert_eq!(here.header("cache-control"), "no-store");
        assert!(!here.text.contains("operator-token"));
        let person = Person::new(&api, "operator-token").await;
        let who = person.who().await;
        assert_eq!((&who["subject"], &who["role"]), (&"operator".into(), &"operator".into()));
        assert_eq!(who["csrf"], person.csrf);
        let closed = api.send(person.request("DELETE", SESSION), "").await;
        assert_eq!(closed.status, 204);
        assert!(closed.header("set-cookie").starts_with("tropa_session=; Path=/; Max-Age=0"));
        server.stop().await;
    });
}

#[test]
fn each_role_may_what_is_its_own() {
    with_options(rig::quick(), guarded, |api, server| async move {
        let why = r#"{"reason":"test"}"#;
        for (token, restart, kill, cancel) in [
            ("viewer-token", 403, 403, 403),
            ("operator-token", 202, 403, 404),
            ("admin-token", 202, 202, 404),
        ] {
            let person = Person::new(&api, token).await;
            assert_eq!(person.post("/api/v1/orders/none/cancel", "{}").await.status, cancel, "{token}");
            assert_eq!(person.post(&format!("{RELAY}/kill"), why).await.status, kill, "{token}");
            let restarted = async || person.post(&format!("{RELAY}/restart"), why).await.status;
            rig::until("it runs", async || api.get(RELAY).await.json()["state"] == "running").await;
            assert_eq!(restarted().await, restart, "{token}");
        }
        // Who is no browser may what they might before.
        assert_eq!(api.post("/api/v1/orders/none/cancel", "{}").await.status, 404);
        let bearer = api.request("POST", &format!("{RELAY}/kill")).header("content-type", "application/json");
        let refused = api.send(bearer.header("authorization", "Bearer operator-token"), why).await;
        let problem = refused.problem(403, "role-too-low");
        assert_eq!(problem["detail"], "this needs the role chaos, and yours is operator");
        server.stop().await;
    });
}

#[test]
fn a_cookie_alone_changes_nothing() {
    with_options(rig::quick(), guarded, |api, server| async move {
        let (person, other) =
            (Person::new(&api, "admin-token").await, Person::new(&api, "admin-token").await);
        for said in [None, Some(""), Some(other.csrf.as_str())] {
            for path in ["/api/v1/dead-letters/operations", "/api/v1/orders/none/cancel"] {
                let request = person.request("POST", path);
                let request = said.into_iter().fold(request, |r, said| r.header("x-csrf-token", said));
                api.send(request, r#"{"action":"replay"}"#).await.problem(403, "csrf-token");
            }
        }
        assert_eq!(
            person.post("/api/v1/dead-letters/operations", r#"{"action":"replay"}"#).await.status,
            200
        );
        let ended =
            Person { cookie: format!("{}x", person.cookie), ..Person::new(&api, "admin-token").await };
        ended.post("/api/v1/orders/none/cancel", "{}").await.problem(401, "unauthorized");
        assert_eq!(ended.who().await["role"], Value::Null);
        assert_eq!(ended.post(SESSION, r#"{"token":"viewer-token"}"#).await.status, 200);
        server.stop().await;
    });
}

#[test]
fn who_guesses_has_to_wait() {
    with_options(rig::quick(), guarded, |api, server| async move {
        let guess = || api.post(SESSION, r#"{"token":"letmein"}"#);
        for _ in 0..10 {
            guess().await.problem(401, "unauthorized");
        }
        let refused = guess().await;
        refused.problem(429, "rate-limited");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() > 30, "{refused:?}");
        api.post(SESSION, r#"{"token":"admin-token"}"#).await.problem(429, "rate-limited");
        server.stop().await;
    });
}
