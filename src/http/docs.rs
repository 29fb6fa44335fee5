//! The API's description, and a page to try it.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Redirect, ServiceConfig},
};
use utoipa_swagger_ui::Config;

use super::{
    methods, openapi,
    path::raw,
    problem::{self, Answer, Kind, Problem},
};

/// The description's paths.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/openapi.json").get(document).done())
        .service(methods::at("/docs").get(|| async { Redirect::to("/docs/").permanent() }).done())
        .service(methods::at("/docs/{file:.*}").get(page).done())
        .service(methods::at("/problems").get(problem::all).done())
        .service(methods::at("/problems/{slug}").get(problem::one).done());
}

async fn document() -> HttpResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.get_or_init(openapi::document).as_str())
}

async fn page(request: HttpRequest) -> Answer<HttpResponse> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::from("/openapi.json"))).clone();
    let file = utoipa_swagger_ui::serve(raw(&request, "file"), config)
        .map_err(|e| Problem::new(Kind::Internal, e.to_string()))?
        .ok_or_else(|| Problem::new(Kind::NotFound, "no such file"))?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    // Most are in the program, and large: who asks for many and reads none does not get copies.
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Ok(response.content_type(file.content_type).body(bytes))
}
