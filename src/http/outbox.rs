//! The outbox: how much waits, and each message that does.

mod view;

use actix_web::{
    HttpRequest,
    web::{self, Data, ServiceConfig},
};
use tropa_dispatch::{
    domain::{MessageState, OrderId, Topic},
    port::MessageFilter,
    reader::{GetMessage, ListMessages, ReadError},
};

use super::{
    admin::Operator,
    edge::Edge,
    methods,
    path::raw,
    problem::{Answer, Kind, Problem},
    query::Parameters,
};
pub(super) use view::{BacklogView, MessagePageView, RevealedView};

/// The paths of messages.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(methods::at("/api/v1/outbox/messages").reading().get(list).done())
        .service(methods::at("/api/v1/outbox/messages/{id}").get(get).done());
}

/// Unpublished messages, in the order in which they were written.
///
/// For a page of a rare kind 2,000 messages are looked at and no more: it may be short, or empty, though `next_after` says that
/// others follow.
#[utoipa::path(
    get, path = "/api/v1/outbox/messages", tag = "operations", operation_id = "list_outbox_messages",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most so many; 50 when left out"),
        ("after" = Option<i64>, Query, minimum = 0, description = "Behind this message: the last page's `next_after`"),
        ("topic" = Option<String>, Query, min_length = 1, max_length = 128, description = "Only with this routing key, such as `orders.created`"),
        ("state" = Option<MessageState>, Query, description = "Only so far on their way. A page of `published` ones is empty: they wait for nothing"),
        ("order_id" = Option<String>, Query, pattern = "^[A-Za-z0-9._:~-]{1,128}$", description = "Only about this order"),
    ),
    responses((status = 200, description = "A page", body = MessagePageView))
)]
async fn list(request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<MessagePageView>> {
    let mut parameters = Parameters::of(&request);
    let given = parameters.text("after");
    let after = given.as_ref().and_then(|text| text.parse().ok()).filter(|after| *after >= 0);
    if given.is_some() && after.is_none() {
        parameters.fail("after", "must be the next_after of an earlier page");
    }
    let filter = MessageFilter {
        after,
        topic: parameters.optional::<Topic>("topic"),
        state: parameters.optional::<MessageState>("state"),
        order: parameters.optional::<OrderId>("order_id"),
        limit: parameters.number("limit", 1..=1_000).unwrap_or(50),
    };
    parameters.finish()?;
    let page = edge.ask(&edge.handles.reader, ListMessages(filter)).await??;
    Ok(web::Json(MessagePageView::new(page, edge.handles.clock.now())))
}

/// One message and what it says, published or not, while it is kept: operators only.
#[utoipa::path(
    get, path = "/api/v1/outbox/messages/{id}", tag = "operations", operation_id = "get_outbox_message",
    params(("id" = i64, Path, minimum = 0, description = "The message's place in the outbox")),
    responses((status = 200, description = "The message", body = RevealedView)),
    security(("admin" = []), ())
)]
async fn get(_: Operator, request: HttpRequest, edge: Data<Edge>) -> Answer<web::Json<RevealedView>> {
    let given = raw(&request, "id");
    let missing = || Problem::new(Kind::NotFound, format!("there is no message {given} in the outbox"));
    let id = given.parse().map_err(|_| missing())?;
    match edge.ask(&edge.handles.reader, GetMessage(id)).await? {
        Ok((message, payload)) => {
            Ok(web::Json(RevealedView::new(message, payload, edge.handles.clock.now())))
        }
        Err(ReadError::NotFound) => Err(missing()),
        Err(error) => Err(error.into()),
    }
}
