//! Pages of orders.

use time::OffsetDateTime;
use tokio_postgres::types::{Timestamp, Type};
use tropa_contract::{
    domain::{DriverId, ManualReason, Status},
    port::{OrderPage, OrderQuery, PageStart},
    rules,
};

use super::{column, connection::Connection, failure::Failure, statement, transaction::Param};

/// One page, and whether more follow.
pub async fn list(connection: &Connection, query: &OrderQuery) -> Result<OrderPage, Failure> {
    let size = rules::page_size(query.limit);
    let newest = Timestamp::<OffsetDateTime>::PosInfinity;
    let (before, id, offset) = match &query.start {
        PageStart::Newest => (newest, "", 0),
        PageStart::Offset(offset) => (newest, "", *offset),
        PageStart::After { created_at, id } => (Timestamp::Value(*created_at), id.as_str(), 0),
    };
    let (rows, offset) = (i64::from(size) + 1, i64::from(offset));
    let params: [(Param, Type); 8] = [
        (&before, Type::TIMESTAMPTZ),
        (&id, Type::TEXT),
        (&rules::status(query).map(Status::as_str), Type::TEXT),
        (&query.customer_id, Type::TEXT),
        (&query.driver_id.as_ref().map(DriverId::as_str), Type::TEXT),
        (&query.manual_reason.map(ManualReason::as_str), Type::TEXT),
        (&rows, Type::INT8),
        (&offset, Type::INT8),
    ];
    let rows = match query.driver_silent.map(|max_age| max_age.as_secs_f64()) {
        Some(max_age) => {
            let params = [&params[..], &[(&max_age, Type::FLOAT8)]].concat();
            connection.query_typed(statement::LIST_SILENT_ORDERS, &params).await?
        }
        None => connection.query_typed(walk(query), &params).await?,
    };
    Ok(rules::page(rows.iter().map(column::order).collect::<Result<_, _>>()?, size))
}

/// The statement whose index leaves least: the planner, which knows how many have a state and not when these came, may be wrong.
fn walk(query: &OrderQuery) -> &'static str {
    if query.driver_id.is_some() || query.customer_id.is_some() {
        statement::LIST_ORDERS
    } else if query.manual_reason.is_some() {
        statement::LIST_ORDERS_BY_REASON
    } else if query.status.is_some() {
        statement::LIST_ORDERS_BY_STATUS
    } else {
        statement::LIST_ORDERS
    }
}
