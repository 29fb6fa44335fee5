//! One keep-alive HTTP/1.1 connection, for commands that send thousands of requests: no pool, no redirects, no allocation
//! beyond the request itself. Reconnects when the server has closed it.

use std::time::Duration;

use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The media type of most bodies.
pub const JSON: &str = "application/json";

/// One JSON object a line.
pub const NDJSON: &str = "application/x-ndjson";

/// Where the server is, checked once.
#[derive(Clone, Debug)]
pub struct Target {
    authority: String,
    address: String,
    deadline: Duration,
}

impl Target {
    /// Of `http://host:port`; an answer must be there within the deadline.
    pub fn parse(url: &str, deadline: Duration) -> anyhow::Result<Self> {
        let uri: Uri = url.parse()?;
        anyhow::ensure!(uri.scheme_str() == Some("http"), "the url must begin with http://, got {url:?}");
        let host = uri.host().ok_or_else(|| anyhow::anyhow!("the url names no host: {url:?}"))?;
        let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        Ok(Self { authority: address.clone(), address, deadline })
    }
}

/// Why there is no answer. Whether the server has acted on the request is not known after `Lost`.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Nobody listens: the request was not sent.
    #[error("cannot connect to {0}")]
    Connect(String),
    /// The connection broke, or no answer came in time.
    #[error("no answer: {0}")]
    Lost(String),
}

/// One connection.
pub struct Wire {
    target: Target,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Wire {
    /// Connects at the first request.
    pub fn new(target: Target) -> Self {
        Self { target, sender: None }
    }

    /// Sends a request and reads the whole answer: status and body.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        media_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<(u16, Bytes), WireError> {
        let mut sender = self.connected().await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.target.authority)
            .header(header::CONTENT_TYPE, media_type)
            .body(Full::new(body.into()))
            .map_err(|e| WireError::Lost(e.to_string()))?;
        let answer = async {
            let response = sender.send_request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>((status, body))
        };
        let deadline = self.target.deadline;
        match tokio::time::timeout(deadline, answer).await {
            Ok(Ok(answer)) => {
                self.sender = Some(sender);
                Ok(answer)
            }
            Ok(Err(error)) => Err(WireError::Lost(error.to_string())),
            Err(_) => Err(WireError::Lost(format!("none within {deadline:?}"))),
        }
    }

    /// A connection that takes a request now. It is put back after an answer; an error drops it.
    async fn connected(&mut self) -> Result<SendRequest<Full<Bytes>>, WireError> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let away = |error: std::io::Error| WireError::Connect(format!("{}: {error}", self.target.address));
        let stream = TcpStream::connect(&self.target.address).await.map_err(away)?;
        stream.set_nodelay(true).map_err(away)?;
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|e| WireError::Lost(e.to_string()))?;
        tokio::spawn(connection);
        Ok(sender)
    }
}
