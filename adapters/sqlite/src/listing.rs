//! Pages of orders.

use rusqlite::{Connection, ToSql};
use time::OffsetDateTime;
use tropa_contract::{
    domain::{DriverId, ManualReason, Status},
    port::{OrderPage, OrderQuery, PageStart},
};

use super::{
    column::{self, micros},
    failure::Failure,
    statement,
};

/// One page, and whether more follow.
pub fn list(connection: &Connection, query: &OrderQuery, now: OffsetDateTime) -> Result<OrderPage, Failure> {
    let limit = query.limit.clamp(1, 1_000);
    let (before, id, offset) = match &query.start {
        PageStart::Newest => (i64::MAX, "", 0),
        PageStart::Offset(offset) => (i64::MAX, "", *offset),
        PageStart::After { created_at, id } => (micros(*created_at), id.as_str(), 0),
    };
    // Only an order that waits for a person has a reason to.
    let status = query.status.or(query.manual_reason.map(|_| Status::ManualDispatch));
    // The filter that leaves least chooses the index.
    let sql = if query.driver_silent.is_some() {
        statement::LIST_SILENT_ORDERS
    } else if query.driver_id.is_some() {
        statement::LIST_ORDERS_BY_DRIVER
    } else if query.customer_id.is_some() {
        statement::LIST_ORDERS_BY_CUSTOMER
    } else if query.manual_reason.is_some() {
        statement::LIST_ORDERS_BY_REASON
    } else if status.is_some() {
        statement::LIST_ORDERS_BY_STATUS
    } else {
        statement::LIST_ORDERS
    };
    let mut statement = connection.prepare_cached(sql)?;
    let heard = query.driver_silent.map(|max_age| micros(now - max_age));
    let (status, reason) = (status.map(Status::as_str), query.manual_reason.map(ManualReason::as_str));
    let driver = query.driver_id.as_ref().map(DriverId::as_str);
    let rows = limit + 1;
    let mut params: Vec<(&str, &dyn ToSql)> = vec![
        (":created_at", &before),
        (":id", &id),
        (":status", &status),
        (":customer", &query.customer_id),
        (":driver", &driver),
        (":reason", &reason),
        // One more than asked for tells whether there is more.
        (":limit", &rows),
        (":offset", &offset),
    ];
    // The others know no such parameter.
    if heard.is_some() {
        params.push((":heard", &heard));
    }
    let mut orders = statement.query_and_then(&*params, column::order)?.collect::<Result<Vec<_>, _>>()?;
    let more = orders.len() > limit as usize;
    orders.truncate(limit as usize);
    Ok(OrderPage { orders, more })
}
