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
    /// Of a fresh span, made a child of what the caller sent. Without an OpenTelemetry layer nothing gives ids: the
    /// caller's is passed on, or one is made up, so that an order's timeline always names a trace.
    pub fn begin(span: &Span, headers: &HeaderMap) -> Option<Self> {
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(parent) = &parent {
            trace::adopt(span, parent);
        }
        let fresh = || TraceParent::new(uuid::Uuid::now_v7().as_u128(), fastrand::u64(1..), false);
        trace::of(span).or(parent).or_else(fresh).map(Self)
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
