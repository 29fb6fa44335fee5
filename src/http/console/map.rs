//! What lies behind the map, from a file of the operator's.

use std::{fs, io::Read as _, path::Path};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;

use crate::http::{
    options::Options,
    problem::{Answer, Kind, Problem},
    session::{Caller, Rank},
};

/// What a browser can draw without a pause.
const MOST: u64 = 8 << 20;

const KINDS: [&str; 9] = [
    "FeatureCollection",
    "Feature",
    "GeometryCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
];

/// An object of GeoJSON, as far as it must be one (RFC 7946, 1.4).
#[derive(Deserialize)]
struct GeoJson {
    #[serde(rename = "type")]
    kind: String,
}

/// The file, read anew; 204 when none is configured: the console asks each time, and that is no mistake of its.
pub(super) async fn map(request: HttpRequest, options: web::Data<Options>) -> Answer<HttpResponse> {
    Caller::needed(&request, Rank::Viewer)?;
    let Some(path) = options.console_map.clone() else { return Ok(HttpResponse::NoContent().finish()) };
    let read = web::block(move || read(&path)).await;
    let bytes = read
        .map_err(|error| error.to_string())
        .flatten()
        .map_err(|detail| Problem::new(Kind::Internal, detail))?;
    Ok(HttpResponse::Ok()
        .content_type("application/geo+json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(bytes))
}

/// The file's bytes; what is wrong with it, with its name, otherwise.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |detail: String| format!("TROPA_CONSOLE_MAP={}: {detail}", path.display());
    let file = fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > MOST {
        return Err(wrong("has more than 8 MiB".to_owned()));
    }
    let object: GeoJson =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("is no GeoJSON: {error}")))?;

    if KINDS.contains(&object.kind.as_str()) {
        Ok(bytes)
    } else {
        Err(wrong(format!("is no GeoJSON: its type is {:?}", object.kind)))
    }
}
