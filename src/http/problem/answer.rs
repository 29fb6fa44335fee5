//! A problem's way into a response.

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{StatusCode, header},
};

use super::{Problem, ProblemView};

impl Problem {
    /// The response, complete.
    pub fn answer(&self, instance: &str, trace_id: &str) -> HttpResponse {
        let status = self.status();
        let view = ProblemView {
            kind: format!("/problems/{}", self.kind.slug()),
            title: self.kind.title(),
            status: status.as_u16(),
            detail: &self.detail,
            instance,
            trace_id,
            errors: &self.errors,
        };
        let mut response = HttpResponse::build(status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(serde_json::to_string(&view).unwrap_or_default())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Without path and trace; the outermost middleware finds the problem in the response and writes it anew.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.answer("", "")
    }
}
