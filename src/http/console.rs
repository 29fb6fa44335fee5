//! The console: the pages of `web/`, from inside the program.
//!
//! What is served is the source: modules that import each other by relative paths. They lie below a folder named by what they all
//! say together, so that a browser may keep them for ever and asks only for the page itself. A development build reads them
//! from disk each time.

mod files;
mod map;

use actix_web::{HttpRequest, HttpResponse, http::header, web::ServiceConfig};

use super::{
    conditional, methods,
    path::raw,
    problem::{Answer, Kind, Problem},
    session,
};
use files::File;

/// The first segments of the console's addresses. All of them answer with the one page, which reads the rest itself.
const SCREENS: [&str; 12] = [
    "supervision",
    "orders",
    "dead-letters",
    "fleet",
    "instances",
    "outbox",
    "breakers",
    "operations",
    "audit",
    "configuration",
    "sign-in",
    "help",
];

/// Nothing inline, no other origin, no text that becomes code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types tropa";

/// What the page says in place of the assets' folder.
const FOLDER: &str = "{{assets}}";

/// The console's paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/").get(page).done())
        .service(methods::at("/favicon.ico").get(icon).done())
        .service(methods::at("/console/map.geojson").get(map::map).done())
        .service(methods::at("/assets/{version}/{file:.+}").get(asset).done());
    for screen in SCREENS {
        config
            .service(methods::at(&format!("/{screen}")).get(page).done())
            .service(methods::at(&format!("/{screen}/{{rest:.*}}")).get(page).done());
    }
}

async fn page(request: HttpRequest) -> Answer<HttpResponse> {
    session::console_is_for(&request)?;
    let file = File::named("index.html").ok_or_else(|| missing("index.html"))?;
    let text =
        String::from_utf8_lossy(file.bytes()).replace(FOLDER, &format!("/assets/{}", files::version()));
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .body(text))
}

/// A browser asks for it whatever the page says.
async fn icon() -> Answer<HttpResponse> {
    let file = File::named("icon.svg").ok_or_else(|| missing("icon.svg"))?;
    Ok(HttpResponse::Ok().content_type(file.kind()).body(file.bytes().clone()))
}

async fn asset(request: HttpRequest) -> Answer<HttpResponse> {
    session::console_is_for(&request)?;
    let name = raw(&request, "file");
    let file = File::named(name).filter(|_| name != "index.html").ok_or_else(|| missing(name))?;
    let tag = format!("\"{}\"", file.hash());
    // A page of the version before may still ask for a module it has not loaded yet: it gets today's, and must not keep it.
    let lasting = !cfg!(debug_assertions) && raw(&request, "version") == files::version();
    let kept = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    if conditional::none_match(&request, &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .insert_header((header::CACHE_CONTROL, kept))
            .finish());
    }
    let mut response = HttpResponse::Ok();
    response
        .content_type(file.kind())
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, kept))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    Ok(match file.compressed().filter(|_| takes_gzip(&request)) {
        Some(bytes) => response.insert_header((header::CONTENT_ENCODING, "gzip")).body(bytes),
        None => response.body(file.bytes().clone()),
    })
}

/// Whether the caller unpacks gzip: names it, and not with a weight of nothing.
fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| {
        value.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|q| q > 0.0)
        })
    })
}

fn missing(name: &str) -> Problem {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    Problem::new(Kind::NotFound, format!("the console has no file {shown:?}"))
}

#[cfg(test)]
mod tests;
