//! Tells a connection's guard what is worked on for it, from a request's head to the end of its answer.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::{Bytes, Data},
};

use crate::{
    http::{drivers::positions, options::Options},
    peers::{Peer, Work},
};

/// An answer of so many bytes is as good as sent: it is in the connection's buffer, which has its own time.
const SMALL: u64 = 64 << 10;

/// The outermost middleware. Requests whose connection nobody guards, as in a unit test, pass.
pub async fn occupy(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(peer) = request.conn_data::<Arc<Peer>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let work = peer.begin(body_limit(&request));
    let answered = next.call(request).await?;
    Ok(answered.map_body(|_, body| match body.size() {
        BodySize::None => body.boxed(),
        BodySize::Sized(bytes) if bytes <= SMALL => body.boxed(),
        BodySize::Sized(_) | BodySize::Stream => BoxBody::new(Occupied { body: body.boxed(), _work: work }),
    }))
}

/// Bytes that a request's body may take on the wire; `None` when it has none. In chunks it takes more than it says.
fn body_limit(request: &ServiceRequest) -> Option<u64> {
    let headers = request.headers();
    let none = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
    if none && !headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let options = request.app_data::<Data<Options>>()?;
    // As the routes see it.
    let limit = match request.match_info().as_str() {
        positions::PATH => options.max_positions_body,
        _ => options.max_body,
    };
    Some(2 * limit as u64)
}

/// A body that is worked on until it was given out.
struct Occupied {
    body: BoxBody,
    _work: Work,
}

impl MessageBody for Occupied {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
