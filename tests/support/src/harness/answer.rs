//! A request to a Tropa, and what it answered.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use serde_json::Value;
use tokio::time::timeout;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// A JSON body.
pub fn json(body: &Value) -> Full<Bytes> {
    Full::new(Bytes::from(body.to_string()))
}

/// One request, with a bound.
pub async fn answer(
    client: &Client<HttpConnector, Full<Bytes>>,
    request: http::Request<Full<Bytes>>,
) -> anyhow::Result<Answer> {
    let exchange = async {
        let response = client.request(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.into_body().collect().await?.to_bytes();
        anyhow::Ok(Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned() })
    };
    timeout(Duration::from_secs(15), exchange).await?
}
