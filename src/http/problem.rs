//! Every error, as `application/problem+json` (RFC 9457).

mod answer;
mod kind;
mod mapping;
mod page;

use std::{fmt, time::Duration};

use actix_web::http::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use kind::Kind;
pub(super) use page::{all, one};

/// One thing that is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// Where: `items[2].unit_price`, a query parameter's or a header's name; empty for the body as a whole.
    #[schema(example = "items[2].unit_price")]
    pub field: String,
    /// What: lower case, no full stop.
    #[schema(example = "must have at most 2 fraction digits")]
    pub detail: String,
}

/// A problem details object (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemView<'a> {
    /// Which kind of problem: stable, and a page about it on this server.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-request")]
    pub kind: String,
    /// The kind in words.
    pub title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened this time.
    pub detail: &'a str,
    /// The request's path.
    pub instance: &'a str,
    /// Finds the request in logs and traces.
    pub trace_id: &'a str,
    /// Every wrong field at once; only in a 422.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
}

/// An error on its way to the caller. Handlers return it; the outermost middleware writes it, because only that knows
/// the path and the trace.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub kind: Kind,
    pub detail: String,
    pub errors: Vec<FieldError>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// The body is not JSON.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, detail)
    }

    /// Fields are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let name = |error: &FieldError| match error.field.as_str() {
            "" => "the body".to_owned(),
            field => field.to_owned(),
        };
        let detail = if let [error] = &errors[..] {
            format!("{} {}", name(error), error.detail)
        } else {
            let names: Vec<String> = errors.iter().take(5).map(name).collect();
            let more = if errors.len() > names.len() { ", …" } else { "" };
            format!("{} wrong: {}{more}", errors.len(), names.join(", "))
        };
        Self { errors, ..Self::new(Kind::Invalid, detail) }
    }

    /// One field is wrong.
    pub fn field(field: impl Into<String>, detail: impl fmt::Display) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), detail: detail.to_string() }])
    }

    /// No room, for now.
    pub fn overloaded(what: impl Into<String>, retry_after: Duration) -> Self {
        Self::new(Kind::Overloaded, what).retry_after(retry_after)
    }

    /// Says what it is that is not there, when that is the problem: only who was asked for it knows.
    pub fn named(self, what: impl fmt::Display) -> Self {
        match self.kind {
            Kind::NotFound => Self { detail: format!("there is no {what}"), ..self },
            _ => self,
        }
    }

    /// With one more header.
    pub fn with(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.push((name, value));
        }
        self
    }

    /// Worth trying again after this long, rounded up to whole seconds, at least one.
    pub fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
        self.with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.slug(), self.detail)
    }
}

impl std::error::Error for Problem {}

/// Problem or answer.
pub(super) type Answer<T> = Result<T, Problem>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_short() {
        let error = |field: &str, detail: &str| FieldError { field: field.into(), detail: detail.into() };
        let said = |errors| Problem::invalid(errors).detail;
        assert_eq!(said(vec![error("", "must be an object")]), "the body must be an object");
        assert_eq!(said(vec![error("price", "is required")]), "price is required");
        let two = vec![error("price", "is required"), error("Price", "is not a field of this request")];
        assert_eq!(said(two), "2 wrong: price, Price");
    }
}
