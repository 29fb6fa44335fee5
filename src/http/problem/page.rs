//! What a problem's `type` leads to: a page that explains it.

use actix_web::{HttpResponse, web};

use super::{Answer, Kind, Problem};

/// `GET /problems`: all of them.
pub async fn all() -> HttpResponse {
    let rows: String = Kind::ALL.iter().copied().map(row).collect();
    page("Problems", &format!("<dl>{rows}</dl>"))
}

/// `GET /problems/{slug}`: one.
pub async fn one(slug: web::Path<String>) -> Answer<HttpResponse> {
    let kind = Kind::ALL.iter().copied().find(|k| k.slug() == slug.as_str());
    let kind = kind.ok_or_else(|| Problem::new(Kind::NotFound, "no such kind of problem"))?;
    Ok(page(kind.title(), &format!("<dl>{}</dl><p><a href=\"/problems\">All problems</a></p>", row(kind))))
}

fn row(kind: Kind) -> String {
    let (slug, title, meaning) = (kind.slug(), kind.title(), kind.meaning());
    format!(
        "<dt id=\"{slug}\"><b>{title}</b> ({}) <code>/problems/{slug}</code></dt><dd>{meaning}</dd>",
        kind.status().as_u16()
    )
}

fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} – Tropa</title>\
         <style>body{{font:16px/1.5 system-ui;max-width:60em;margin:2em auto;padding:0 1em}}dt{{margin-top:1em}}</style>\
         <h1>{title}</h1>{body}</html>"
    ))
}
