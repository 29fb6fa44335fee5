//! Asks a server over HTTP/1.1, on connections that are kept.

use std::time::Duration;

use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde_json::Value;

use super::problem::Problem;
use crate::config::Secret;

/// A server that does not take the connection within this time is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// Shorter than the server's own keep-alive, so that it is not the server that closes first.
const IDLE: Duration = Duration::from_secs(30);

/// Why there is no answer to use.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The server refused.
    #[error("{0}")]
    Refused(Problem),
    /// Nobody there, or the connection broke. It is not known what was done.
    #[error("{url} cannot be reached")]
    Unreachable {
        /// The server.
        url: String,
        /// Why.
        source: hyper_util::client::legacy::Error,
    },
    /// It broke while answering. It is not known what was done.
    #[error("the answer broke off")]
    BrokeOff(#[source] hyper::Error),
    /// It takes too long. It is not known what was done.
    #[error("no answer from {url} within {} s", timeout.as_secs_f64())]
    Timeout {
        /// The server.
        url: String,
        /// What was waited.
        timeout: Duration,
    },
    /// It answers, but not as Tropa does.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// A path, header or token that HTTP cannot carry.
    #[error("this cannot be sent")]
    Unsendable(#[source] http::Error),
}

/// A request to be made.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<(&'static str, Bytes)>,
}

impl Call {
    /// Looks.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), headers: Vec::new(), body: None }
    }

    /// Does.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self { method: Method::POST, ..Self::get(path) }.with_json(body.to_string())
    }

    /// Puts.
    pub fn put(path: impl Into<String>, body: &Value) -> Self {
        Self { method: Method::PUT, ..Self::get(path) }.with_json(body.to_string())
    }

    /// With this text as the body, which is JSON.
    pub fn with_json(mut self, text: String) -> Self {
        self.body = Some(("application/json", text.into()));
        self
    }

    /// With a header, if there is a value for it.
    pub fn header(mut self, name: &'static str, value: Option<String>) -> Self {
        self.headers.extend(value.map(|value| (name, value)));
        self
    }
}

/// A 2xx.
#[derive(Debug)]
pub(super) struct Answer {
    /// What it says, to be shown as it came: amounts are exact in it.
    pub text: String,
    /// The same, to look into; `null` without a body.
    pub json: Value,
}

/// A server and the connections to it.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    url: String,
    token: Option<Secret>,
    timeout: Duration,
}

impl Client {
    /// Nothing is connected yet.
    pub fn new(url: &str, token: Option<Secret>, timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { pool, url: url.to_owned(), token, timeout }
    }

    /// The server it asks.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks, and reads the answer to its end.
    pub async fn call(&self, call: Call) -> Result<Answer, CallError> {
        let asked = async {
            let answer = self.open(call).await?;
            let status = answer.status();
            let body = answer.into_body().collect().await.map_err(CallError::BrokeOff)?.to_bytes();
            read(status, &body)
        };
        let late = |_| CallError::Timeout { url: self.url.clone(), timeout: self.timeout };
        tokio::time::timeout(self.timeout, asked).await.map_err(late)?
    }

    /// Asks, and hands over the answer when its head has come: for streams.
    pub async fn open(&self, call: Call) -> Result<http::Response<Incoming>, CallError> {
        let request = self.request(call).map_err(CallError::Unsendable)?;
        let lost = |source| CallError::Unreachable { url: self.url.clone(), source };
        self.pool.request(request).await.map_err(lost)
    }

    fn request(&self, call: Call) -> Result<Request<Full<Bytes>>, http::Error> {
        let Call { method, path, headers, body } = call;
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let Some((media_type, bytes)) = body else { return request.body(Full::default()) };
        request.header(header::CONTENT_TYPE, media_type).body(Full::new(bytes))
    }
}

fn read(status: StatusCode, body: &[u8]) -> Result<Answer, CallError> {
    if !status.is_success() {
        return Err(CallError::Refused(Problem::of(status, body)));
    }
    let json = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body) };
    Ok(Answer { text: String::from_utf8_lossy(body).into_owned(), json: json.map_err(CallError::NotJson)? })
}
