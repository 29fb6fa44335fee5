//! The outermost middleware: a span, a duration, a line in the log, and every error as a problem.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use prometheus::{HistogramOpts, HistogramVec, Registry};
use tracing::{Instrument, Span, debug, field, info_span, warn};
use tropa_dispatch::{metrics::LATENCY_BUCKETS, trace};

use super::{
    failures::Failures,
    problem::{Kind, Problem},
    trace::Trace,
};

/// How long requests take, by method, route and status; and which failed.
pub(super) struct Durations(HistogramVec, Failures);

impl Durations {
    /// Registers them. Fails when they are there already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "tropa_http_request_duration_seconds",
                "From a request's head to its answer's",
            )
            .buckets(LATENCY_BUCKETS.to_vec()),
            &["method", "route", "status"],
        )?;
        registry.register(Box::new(durations.clone()))?;
        // There from the start, at zero: the first 503 must show in a rate.
        for status in ["201", "503"] {
            drop(durations.with_label_values(&["POST", "/api/v1/orders", status]));
        }
        Ok(Self(durations, Failures::default()))
    }
}

/// What is known of a request after it is gone.
struct Observed {
    span: Span,
    trace: Trace,
    method: &'static str,
    path: String,
    since: Instant,
    durations: Option<web::Data<Durations>>,
}

/// Runs a request inside its span.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let method = label(request.method());
    let span = info_span!("http", otel.kind = "server", method, route = field::Empty, status = field::Empty,);
    let trace = Trace::begin(&span, request.headers());
    request.extensions_mut().insert(trace.clone());
    let observed = Observed {
        trace,
        method,
        path: request.path().to_owned(),
        since: Instant::now(),
        durations: request.app_data::<web::Data<Durations>>().cloned(),
        span: span.clone(),
    };
    // A handler that panics has told nobody anything: its caller is answered, the connection lives on.
    match AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span).await {
        Ok(Ok(answered)) => Ok(observed.answered(answered.map_into_boxed_body())),
        Ok(Err(error)) => Err(observed.failed(problem_of(&error))),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
            warn!(parent: &observed.span, panic = text, "a handler panicked");
            Err(observed.failed(Problem::new(Kind::Internal, "a handler failed unexpectedly")))
        }
    }
}

impl Observed {
    fn answered(self, answered: ServiceResponse) -> ServiceResponse {
        let route = answered.request().match_pattern().map(|pattern| plain(&pattern));
        let problem = answered.response().error().map(problem_of).or_else(|| odd(&answered));
        let (request, mut response) = answered.into_parts();
        if let Some(problem) = &problem {
            response = self.write(problem);
        }
        self.finish(&mut response, route.as_deref().unwrap_or("unmatched"), problem.as_ref());
        ServiceResponse::new(request, response)
    }

    /// The request itself is lost when a middleware fails or a handler panics; what was noted has to do.
    fn failed(self, problem: Problem) -> Error {
        let mut response = self.write(&problem);
        self.finish(&mut response, "unmatched", Some(&problem));
        InternalError::from_response(problem, response).into()
    }

    fn is_news(&self, problem: &Problem, route: &str) -> bool {
        let failures = self.durations.as_ref().map(|durations| &durations.1);
        failures.is_none_or(|failures| failures.tell(problem.kind.slug(), route, Instant::now()))
    }

    fn write(&self, problem: &Problem) -> HttpResponse {
        problem.answer(&self.path, self.trace.id())
    }

    fn finish(&self, response: &mut HttpResponse, route: &str, problem: Option<&Problem>) {
        let (status, took) = (response.status(), self.since.elapsed());
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        for (name, value) in [("x-trace-id", self.trace.id()), ("traceparent", self.trace.0.as_str())] {
            if let Ok(value) = value.parse() {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        trace::rename(&self.span, || format!("{} {route}", self.method));
        self.span.record("route", route);
        self.span.record("status", status.as_u16());
        if let Some(durations) = &self.durations {
            let labels = [self.method, route, status.as_str()];
            durations.0.with_label_values(&labels).observe(took.as_secs_f64());
        }
        match problem {
            Some(problem) if status.is_server_error() && self.is_news(problem, route) => {
                warn!(parent: &self.span, %problem, "request failed");
            }
            _ => debug!(parent: &self.span, took_ms = took.as_secs_f64() * 1e3, "request answered"),
        }
        if let Some(durations) = &self.durations {
            for (problem, route, requests) in durations.1.over(Instant::now()) {
                warn!(problem, route, requests, "more requests failed in the same way");
            }
        }
    }
}

/// A route as people write it: `/actors/{path}` for `/actors/{path:.+}`.
fn plain(pattern: &str) -> String {
    let mut inside = false;
    pattern
        .chars()
        .filter(|c| {
            inside = *c != '}' && (inside || *c == ':');
            !inside
        })
        .collect()
}

/// Methods are the caller's text, labels are ours: a label for each that exists.
fn label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn problem_of(error: &Error) -> Problem {
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => of_status(error.as_response_error().status_code(), error.to_string()),
    }
}

/// An error answer that is no problem document: actix-web's own.
fn odd(answered: &ServiceResponse) -> Option<Problem> {
    let typed = answered.response().headers().contains_key(header::CONTENT_TYPE);
    let status = answered.status();
    let error = (status.is_client_error() || status.is_server_error()) && !typed;
    error.then(|| of_status(status, String::new()))
}

fn of_status(status: StatusCode, detail: String) -> Problem {
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::MediaType,
        status if status.is_client_error() => Kind::Malformed,
        _ => Kind::Internal,
    };
    Problem::new(kind, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, middleware::from_fn, test};

    async fn panics() -> &'static str {
        panic!("at the handler")
    }

    async fn fails(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
        Err(Problem::new(Kind::Overloaded, "on the way").into())
    }

    #[actix_web::test]
    async fn a_panic_is_a_problem_and_the_next_request_is_served() {
        let registry = Registry::new();
        let durations = web::Data::new(Durations::register(&registry).unwrap());
        let app = App::new()
            .app_data(durations)
            .wrap(from_fn(observe))
            .route("/panics", web::get().to(panics))
            .service(web::scope("/fails").wrap(from_fn(fails)).route("", web::get().to(panics)))
            .route("/{id:.+}/works", web::get().to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        for (path, status, slug) in [("/panics", 500, "internal-error"), ("/fails", 503, "overloaded")] {
            let request = test::TestRequest::with_uri(path).to_request();
            let response = match test::try_call_service(&app, request).await {
                Ok(response) => response.into_parts().1,
                Err(error) => error.error_response().map_into_boxed_body(),
            };
            assert_eq!(response.status(), status);
            assert!(response.headers().contains_key("x-trace-id"), "{path}");
            let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem["type"], format!("/problems/{slug}"));
            assert_eq!(problem["instance"], path);
        }
        let works = test::TestRequest::with_uri("/a/b/works").to_request();
        assert_eq!(test::call_service(&app, works).await.status(), 200);
        let families = registry.gather();
        let labels: Vec<_> =
            families[0].get_metric().iter().map(|m| m.get_label()[1].value().to_owned()).collect();
        assert!(labels.contains(&"/{id}/works".to_owned()), "{labels:?}");
    }
}
