//! Pages of other sites, which a browser sends requests for.

use super::api::with;

#[test]
fn a_page_from_elsewhere_changes_nothing() {
    with(|api| async move {
        api.create("a").await;
        let host = api.address.to_string();
        let cancel = || api.request("POST", "/api/v1/orders/a/cancel").header("host", &host);
        let told: [&[(&str, &str)]; 4] = [
            &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
            // Another port of the same machine, and a browser of some years ago.
            &[("origin", "http://127.0.0.1:1"), ("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
        ];
        for headers in told {
            let asked = headers.iter().fold(cancel(), |request, (name, value)| request.header(*name, *value));
            api.send(asked, "").await.problem(403, "foreign-origin");
        }
        assert_ne!(api.get("/api/v1/orders/a").await.json()["status"], "CANCELLED");
        let own = cancel().header("origin", format!("http://{host}")).header("sec-fetch-site", "same-origin");
        assert_eq!(api.send(own, "").await.status, 200);
        let looks = api.request("GET", "/api/v1/orders/a").header("origin", "https://evil.example");
        assert_eq!(api.send(looks, "").await.status, 200);
    });
}
