//! Who gets the console, and how.

use actix_web::{App, http::StatusCode, test, web::Data};

use super::*;
use crate::{config::AdminToken, http::Options};

async fn get(
    options: Options,
    path: &str,
    peer: &str,
    headers: &[(&'static str, &str)],
) -> (StatusCode, header::HeaderMap, Vec<u8>) {
    let app = test::init_service(App::new().app_data(Data::new(options)).configure(routes)).await;
    let mut request = test::TestRequest::get().uri(path).peer_addr(format!("{peer}:5000").parse().unwrap());
    for header in headers {
        request = request.insert_header(*header);
    }
    let response = test::call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, test::read_body(response).await.to_vec())
}

fn said<'a>(headers: &'a header::HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn every_screen_is_the_one_page_and_its_files_are_there() {
    for path in ["/", "/orders", "/orders/a%2Fb?status=PENDING", "/supervision/tropa/orders/shard-0"] {
        let (status, headers, body) = get(Options::default(), path, "127.0.0.1", &[]).await;
        assert_eq!(status, 200, "{path}");
        assert!(said(&headers, &header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"));
        let page = String::from_utf8(body).unwrap();
        assert!(!page.contains(FOLDER));
        let assets: Vec<&str> = page.split('"').filter(|text| text.starts_with("/assets/")).collect();
        assert!(assets.len() >= 3, "{page}");
        for asset in assets {
            let (status, ..) = get(Options::default(), asset, "127.0.0.1", &[]).await;
            assert_eq!(status, 200, "{asset}");
        }
    }
}

#[actix_web::test]
async fn without_a_token_it_is_this_machines_alone() {
    let stranger = |options| get(options, "/", "10.0.0.1", &[]);
    assert_eq!(stranger(Options::default()).await.0, 403);
    assert_eq!(get(Options::default(), "/assets/x/app.js", "10.0.0.1", &[]).await.0, 403);
    let production = Options { local_admin: false, ..Options::default() };
    assert_eq!(get(production, "/", "127.0.0.1", &[]).await.0, 403);
    let with_token = Options { admin_token: Some(AdminToken::new("s")), ..Options::default() };
    assert_eq!(stranger(with_token).await.0, 200, "it shows the sign-in");
}

#[actix_web::test]
async fn a_file_is_compressed_and_not_sent_twice() {
    let (status, headers, packed) =
        get(Options::default(), "/assets/x/app.js", "127.0.0.1", &[("accept-encoding", "br, gzip;q=0.5")])
            .await;
    assert_eq!((status, said(&headers, &header::CONTENT_ENCODING)), (StatusCode::OK, "gzip"));
    let (_, plain_headers, plain) =
        get(Options::default(), "/assets/x/app.js", "127.0.0.1", &[("accept-encoding", "gzip;q=0")]).await;
    assert!(!plain_headers.contains_key(header::CONTENT_ENCODING) && packed.len() < plain.len());
    let tag = said(&headers, &header::ETAG);
    let (status, ..) =
        get(Options::default(), "/assets/x/app.js", "127.0.0.1", &[("if-none-match", tag)]).await;
    assert_eq!(status, 304);
    for none in ["/assets/x/vendor/manifest.json", "/assets/x/..%2FCargo.toml", "/assets/x/index.html"] {
        assert_eq!(get(Options::default(), none, "127.0.0.1", &[]).await.0, 404, "{none}");
    }
}

#[actix_web::test]
async fn a_map_is_read_or_what_is_wrong_with_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.geojson");
    let ask = async |text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let options = Options { console_map: Some(path.clone()), ..Options::default() };
        let (status, _, body) = get(options, "/console/map.geojson", "127.0.0.1", &[]).await;
        (status.as_u16(), String::from_utf8(body).unwrap())
    };
    let (status, told) = ask(None).await;
    assert!(status == 500 && told.contains("No such file"), "{told}");
    assert_eq!(ask(Some(r#"{"type":"FeatureCollection","features":[]}"#)).await.0, 200);
    for wrong in ["", "[]", "{", r#"{"type":"Topology"}"#, r#"{"features":[]}"#] {
        let (status, told) = ask(Some(wrong)).await;
        assert!(status == 500 && told.contains("is no GeoJSON"), "{wrong}: {told}");
    }
    let (status, told) = ask(Some(&" ".repeat((8 << 20) + 1))).await;
    assert!(status == 500 && told.contains("8 MiB"), "{told}");
    assert_eq!(get(Options::default(), "/console/map.geojson", "127.0.0.1", &[]).await.0, 204);
}
