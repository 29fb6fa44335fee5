//! Pages of orders.

use rusqlite::{Connection, ToSql};
use time::OffsetDateTime;
use tropa_contract::{
    domain::{DriverId, ManualReason, Status},
    port::{OrderPage, OrderQuery, PageStart},
    rules,
};

use super::{
    column::{self, micros},
    failure::Failure,
    statement,
};

/// One page, and whether more follow.
pub fn list(connection: &Connection, query: &OrderQuery, now: OffsetDateTime) -> Result<OrderPage, Failure> {
    let size = rules::page_size(query.limit);
    let (before, id, offset) = match &query.start {
        PageStart::Newest => (i64::MAX, "", 0),
        PageStart::Offset(offset) => (i64::MAX, "", *offset),
        PageStart::After { created_at, id } => (micros(*created_at), id.as_str(), 0),
    };
    let status = rules::status(query);
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
    let rows = size + 1;
    let mut params: Vec<(&str, &dyn ToSql)> = vec![
        (":created_at", &before),
        (":id", &id),
        (":status", &status),
        (":customer", &query.customer_id),
        (":driver", &driver),
        (":reason", &reason),
        (":limit", &rows),
        (":offset", &offset),
    ];
    // The others know no such parameter.
    if heard.is_some() {
        params.push((":heard", &heard));
    }
    Ok(rules::page(statement.query_and_then(&*params, column::order)?.collect::<Result<_, _>>()?, size))
}
