//! Tells a connection's guard what is worked on for it, from a request's head to the end of its answer.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::header,
    middleware::Next,
    web::{Bytes, Data},
};
use futures_util::Stream;

use crate::{
    http::{drivers::positions, options::Options},
    peers::{Body, Peer, Work},
};

/// Given out in one go. What is given out is copied into the connection's buffer, whether the peer takes it or not: of a large
/// answer only so much as it has room for. An answer of no more is as good as sent.
pub(super) const PIECE: usize = 16 << 10;

/// The outermost middleware. Requests whose connection nobody guards, as in a unit test, pass.
pub async fn occupy(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(peer) = request.conn_data::<Arc<Peer>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let body = body(&request);
    let work = peer.begin(body);
    if let Some(Body::Chunked(_)) = body {
        let payload = request.take_payload();
        request.set_payload(Payload::Stream { payload: Box::pin(Chunked { payload, peer }) });
    }
    let answered = next.call(request).await?;
    Ok(answered.map_body(|_, body| match body.size() {
        BodySize::None => body.boxed(),
        BodySize::Sized(bytes) if bytes <= PIECE as u64 => body.boxed(),
        BodySize::Sized(_) | BodySize::Stream => {
            BoxBody::new(Occupied { body: body.boxed(), rest: Bytes::new(), _work: work })
        }
    }))
}

/// What a request's head says of its body; `None` when it has none.
fn body(request: &ServiceRequest) -> Option<Body> {
    let headers = request.headers();
    let options = request.app_data::<Data<Options>>()?;
    // As the routes see it.
    let limit = match request.match_info().as_str() {
        positions::PATH => options.limits.max_positions_body,
        _ => options.limits.max_body,
    };
    // Whoever sends more is refused, and not read on.
    let most = 2 * limit as u64;
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Some(Body::Chunked(most));
    }
    let length: u64 = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    Some(Body::Sized(length.min(most)))
}

/// A request's body of which only its end tells how long it is.
struct Chunked {
    payload: Payload,
    peer: Arc<Peer>,
}

impl Stream for Chunked {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(Pin::new(&mut self.payload).poll_next(cx));
        if !matches!(chunk, Some(Ok(_))) {
            self.peer.has_body();
        }
        Poll::Ready(chunk)
    }
}

impl Drop for Chunked {
    fn drop(&mut self) {
        self.peer.has_body();
    }
}

/// A body that is worked on until it was given out, piece by piece.
struct Occupied {
    body: BoxBody,
    /// Of what the body gave last.
    rest: Bytes,
    _work: Work,
}

impl MessageBody for Occupied {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::body::to_bytes;

    use super::*;

    fn occupied(text: &'static str) -> Occupied {
        let work = Arc::new(Peer::default()).begin(None);
        Occupied { body: text.boxed(), rest: Bytes::new(), _work: work }
    }

    #[actix_web::test]
    async fn a_large_body_is_given_out_piece_by_piece() {
        let text: &'static str = "0123456789".repeat(5_000).leak();
        let mut body = occupied(text);
        assert_eq!(body.size(), BodySize::Sized(50_000));
        let mut pieces = Vec::new();
        while let Some(piece) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
            pieces.push(piece.unwrap().len());
        }
        assert_eq!(pieces, [PIECE, PIECE, PIECE, 50_000 - 3 * PIECE]);
        assert_eq!(to_bytes(BoxBody::new(occupied(text))).await.unwrap(), text);
    }
}
