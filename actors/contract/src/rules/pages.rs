//! What a page shows.

use crate::{
    domain::{Order, Status},
    port::{OrderPage, OrderQuery},
};

/// How much a page shows when so much is asked for.
pub fn page_size(limit: u32) -> u32 {
    limit.clamp(1, 1_000)
}

/// In which state the orders are that a query asks for: only one that waits for a person has a reason to.
pub fn status(query: &OrderQuery) -> Option<Status> {
    query.status.or(query.manual_reason.map(|_| Status::ManualDispatch))
}

/// The page of these orders. One more than it shows tells that there is more.
pub fn page(mut orders: Vec<Order>, size: u32) -> OrderPage {
    let more = orders.len() > size as usize;
    orders.truncate(size as usize);
    OrderPage { orders, more }
}
