//! Pages of orders.

use rusqlite::{Connection, named_params};
use tropa_dispatch::{
    domain::{DriverId, ManualReason, Status},
    port::{OrderPage, OrderQuery, PageStart},
};

use super::{
    column::{self, micros},
    failure::Failure,
    statement,
};

/// One page, and whether more follow.
pub fn list(connection: &Connection, query: &OrderQuery) -> Result<OrderPage, Failure> {
    let limit = query.limit.clamp(1, 1_000);
    let (before, id, offset) = match &query.start {
        PageStart::Newest => (i64::MAX, "", 0),
        PageStart::Offset(offset) => (i64::MAX, "", *offset),
        PageStart::After { created_at, id } => (micros(*created_at), id.as_str(), 0),
    };
    // Only an order that waits for a person has a reason to.
    let status = query.status.or(query.manual_reason.map(|_| Status::ManualDispatch));
    // The filter that leaves least chooses the index.
    let sql = if query.driver_id.is_some() {
        statement::LIST_ORDERS_BY_DRIVER
    } else if query.customer_id.is_some() {
        statement::LIST_ORDERS_BY_CUSTOMER
    } else if status.is_some() {
        statement::LIST_ORDERS_BY_STATUS
    } else {
        statement::LIST_ORDERS
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut orders = statement
        .query_and_then(
            named_params! {
                ":created_at": before,
                ":id": id,
                ":status": status.map(Status::as_str),
                ":customer": query.customer_id,
                ":driver": query.driver_id.as_ref().map(DriverId::as_str),
                ":reason": query.manual_reason.map(ManualReason::as_str),
                // One more than asked for tells whether there is more.
                ":limit": limit + 1,
                ":offset": offset,
            },
            column::order,
        )?
        .collect::<Result<Vec<_>, _>>()?;
    let more = orders.len() > limit as usize;
    orders.truncate(limit as usize);
    Ok(OrderPage { orders, more })
}
