//! What a page shows.

use time::OffsetDateTime;

use crate::{
    domain::{Order, Status},
    port::{OrderPage, OrderQuery, PageStart},
};

/// How much a page shows when so much is asked for.
pub fn page_size(limit: u32) -> u32 {
    limit.clamp(1, 1_000)
}

/// In which state the orders are that a query asks for: only one that waits for a person has a reason to.
pub fn status(query: &OrderQuery) -> Option<Status> {
    query.status.or(query.manual_reason.map(|_| Status::ManualDispatch))
}

/// Behind which order a page starts, and how many are passed over: no later than what is asked for.
pub fn page_start(query: &OrderQuery) -> (Option<(OffsetDateTime, &str)>, u32) {
    let (cursor, offset) = match &query.start {
        PageStart::Newest => (None, 0),
        PageStart::Offset(offset) => (None, *offset),
        PageStart::After { created_at, id } => (Some((*created_at, id.as_str())), 0),
    };
    // No id is empty: whatever was accepted at that moment is behind.
    let before = query.created_before.map(|before| (before, ""));
    (cursor.into_iter().chain(before).min(), offset)
}

/// The page of these orders. One more than it shows tells that there is more.
pub fn page(mut orders: Vec<Order>, size: u32) -> OrderPage {
    let more = orders.len() > size as usize;
    orders.truncate(size as usize);
    OrderPage { orders, more }
}
