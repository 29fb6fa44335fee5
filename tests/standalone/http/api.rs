//! A server in front of a rig, and a caller.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    http::request::Builder,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tropa::http::{HttpLimits, Options, Server, serve};
use tropa_dispatch::settings::Settings;

use crate::rig::{self, Rig};

/// Longer than anything here takes, on a machine under load.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A caller of a running server.
#[derive(Clone)]
pub struct Api {
    pub address: SocketAddr,
    pub rig: Arc<Rig>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }

    /// Checks that it is a problem of this status and kind, complete, and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].as_str().is_some_and(|t| !t.is_empty()), "{problem}");
        assert!(problem["instance"].as_str().is_some_and(|i| i.starts_with('/')), "{problem}");
        assert_eq!(problem["trace_id"].as_str().unwrap(), self.header("x-trace-id"));
        problem
    }

    /// The fields a 422 names.
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        let problem = self.problem(422, "invalid-request");
        let errors = problem["errors"].as_array().unwrap().iter();
        errors.map(|e| e["field"].as_str().unwrap().to_owned()).collect()
    }
}

/// Runs a test against a server with these options, on a fresh Tropa.
pub fn with_options<F: Future<Output = ()>>(
    settings: Settings,
    change: impl FnOnce(&mut Options),
    test: impl FnOnce(Api, Server) -> F,
) {
    let mut options = Options {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        limits: HttpLimits { workers: 2, ..HttpLimits::default() },
        drain_timeout: Duration::from_secs(5),
        ..Options::default()
    };
    change(&mut options);
    rig::with(settings, |rig| async move {
        let server = serve(options, rig.handles.clone()).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        test(Api { address: server.address(), rig, client }, server).await;
    });
}

/// Runs a test against a server, which is stopped in good order at its end.
pub fn with<F: Future<Output = ()>>(test: impl FnOnce(Api) -> F) {
    with_options(
        rig::quick(),
        |_| {},
        |api, server| async move {
            test(api).await;
            server.stop().await;
        },
    );
}

impl Api {
    pub async fn send(&self, request: Builder, body: impl Into<Bytes>) -> Reply {
        let (head, body) = self.begin(request, body.into()).await.into_parts();
        let body = timeout(PATIENCE, body.collect()).await.unwrap().unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Reply { status: head.status.as_u16(), headers: head.headers, text }
    }

    /// Sends a request and leaves the answer's body unread.
    pub async fn open(&self, request: Builder) -> Response<Incoming> {
        self.begin(request, Bytes::new()).await
    }

    async fn begin(&self, request: Builder, body: Bytes) -> Response<Incoming> {
        let request = request.body(Full::new(body)).unwrap();
        timeout(PATIENCE, self.client.request(request)).await.unwrap().unwrap()
    }

    pub fn request(&self, method: &str, path: &str) -> Builder {
        Request::builder().method(method).uri(format!("http://{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path), "").await
    }

    /// Sends JSON.
    pub async fn call(&self, method: &str, path: &str, body: impl ToString) -> Reply {
        let request = self.request(method, path).header("content-type", "application/json");
        self.send(request, body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: impl ToString) -> Reply {
        self.call("POST", path, body).await
    }

    /// The README's order.
    pub async fn create(&self, id: &str) -> Reply {
        self.post("/api/v1/orders", format!(r#"{{"id":"{id}","price":100.0,"tax":10.0}}"#)).await
    }

    /// How many orders there are.
    pub async fn count(&self) -> usize {
        self.get("/api/v1/orders?limit=100").await.json()["orders"].as_array().unwrap().len()
    }

    /// A bare connection.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Writes bytes as they are and reads until the server closes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let mut socket = self.connect().await;
        socket.write_all(bytes).await.unwrap();
        rest(&mut socket).await
    }
}

/// Everything until the server closes. A reset counts as closed: what was read before it counts.
pub async fn rest(socket: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut buffer = vec![0; 4_096];
    while let Ok(Ok(count @ 1..)) = timeout(PATIENCE, socket.read(&mut buffer)).await {
        read.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// The status line's number.
pub fn status_of(text: &str) -> Option<StatusCode> {
    text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}
