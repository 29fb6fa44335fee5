//! Pages of orders.

use rusqlite::{Connection, ToSql};
use time::OffsetDateTime;
use tropa_contract::{
    domain::{DriverId, ManualReason, Status},
    port::{LOOKED_AT, OrderPage, OrderQuery, PageStart},
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
    let (start, offset) = rules::page_start(query);
    let (before, id) = start.map_or((i64::MAX, ""), |(created_at, id)| (micros(created_at), id));
    let since = query.created_after.map_or(i64::MIN, micros);
    let status = rules::status(query);
    // The filter that leaves least chooses the index.
    let sql = if query.id_prefix.is_some() {
        statement::LIST_ORDERS_BY_PREFIX
    } else if query.driver_silent.is_some() {
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
    let (end, after) = (query.created_before.map_or(i64::MAX, micros), after(query));
    let mut params: Vec<(&str, &dyn ToSql)> = vec![
        (":since", &since),
        (":status", &status),
        (":customer", &query.customer_id),
        (":driver", &driver),
        (":reason", &reason),
        (":limit", &rows),
        (":offset", &offset),
    ];
    // Each knows its own, and no other.
    if let Some(prefix) = &query.id_prefix {
        let by_id: [(&str, &dyn ToSql); 4] =
            [(":after", &after), (":prefix", prefix), (":most", &LOOKED_AT), (":before", &end)];
        params.extend(by_id);
    } else {
        let by_age: [(&str, &dyn ToSql); 2] = [(":created_at", &before), (":id", &id)];
        params.extend(by_age);
        if heard.is_some() {
            params.push((":heard", &heard));
        }
    }
    Ok(rules::page(statement.query_and_then(&*params, column::order)?.collect::<Result<_, _>>()?, size))
}

/// Behind which id a page by ids starts.
fn after(query: &OrderQuery) -> &str {
    match &query.start {
        PageStart::After { id, .. } => id.as_str(),
        PageStart::Newest | PageStart::Offset(_) => "",
    }
}
