//! The trace a request belongs to.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header::HeaderMap};
use tracing::Span;
use tropa_dispatch::{domain::TraceParent, trace};

use super::problem::{Kind, Problem};

/// The request's own span, as the parent of all that follows from it.
#[derive(Clone, Debug)]
pub(super) struct Trace(pub TraceParent);

impl Trace {
    /// Of a fresh span, made a child of what the caller sent: an order's timeline always names a trace.
    pub fn begin(span: &Span, headers: &HeaderMap) -> Self {
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok()?.parse().ok());
        Self(trace::begin(span, parent.as_ref()))
    }

    /// 32 hex digits.
    pub fn id(&self) -> &str {
        self.0.trace_id()
    }
}

impl FromRequest for Trace {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let trace = request.extensions().get::<Self>().cloned();
        ready(trace.ok_or_else(|| Problem::new(Kind::Internal, "the request has no trace")))
    }
}
