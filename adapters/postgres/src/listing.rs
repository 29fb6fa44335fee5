//! Pages of orders.

use time::OffsetDateTime;
use tokio_postgres::types::{Timestamp, Type};
use tropa_contract::{
    domain::{DriverId, ManualReason, Status},
    port::{LOOKED_AT, OrderPage, OrderQuery, PageStart},
    rules,
};

use super::{column, connection::Connection, failure::Failure, statement, transaction::Param};

/// One page, and whether more follow.
pub async fn list(connection: &Connection, query: &OrderQuery) -> Result<OrderPage, Failure> {
    let size = rules::page_size(query.limit);
    let newest = Timestamp::<OffsetDateTime>::PosInfinity;
    let (start, offset) = rules::page_start(query);
    let (before, id) = start.map_or((newest, ""), |(created_at, id)| (Timestamp::Value(created_at), id));
    let since = query.created_after.map_or(Timestamp::NegInfinity, Timestamp::Value);
    let (rows, offset) = (i64::from(size) + 1, i64::from(offset));
    let (status, reason) =
        (rules::status(query).map(Status::as_str), query.manual_reason.map(ManualReason::as_str));
    let driver = query.driver_id.as_ref().map(DriverId::as_str);
    if let Some(prefix) = &query.id_prefix {
        let end = query.created_before.map_or(newest, Timestamp::Value);
        let after = match &query.start {
            PageStart::After { id, .. } => id.as_str(),
            PageStart::Newest | PageStart::Offset(_) => "",
        };
        let params: [(Param, Type); 11] = [
            (&after, Type::TEXT),
            (prefix, Type::TEXT),
            (&status, Type::TEXT),
            (&query.customer_id, Type::TEXT),
            (&driver, Type::TEXT),
            (&reason, Type::TEXT),
            (&rows, Type::INT8),
            (&end, Type::TIMESTAMPTZ),
            (&since, Type::TIMESTAMPTZ),
            (&i64::from(LOOKED_AT), Type::INT8),
            (&offset, Type::INT8),
        ];
        let rows = connection.query_typed(statement::LIST_ORDERS_BY_PREFIX, &params).await?;
        return Ok(rules::page(rows.iter().map(column::order).collect::<Result<_, _>>()?, size));
    }
    let params: [(Param, Type); 9] = [
        (&before, Type::TIMESTAMPTZ),
        (&id, Type::TEXT),
        (&status, Type::TEXT),
        (&query.customer_id, Type::TEXT),
        (&driver, Type::TEXT),
        (&reason, Type::TEXT),
        (&rows, Type::INT8),
        (&offset, Type::INT8),
        (&since, Type::TIMESTAMPTZ),
    ];
    let rows = if let Some(max_age) = query.driver_silent.map(|max_age| max_age.as_secs_f64()) {
        let params = [&params[..], &[(&max_age, Type::FLOAT8)]].concat();
        connection.query_typed(statement::LIST_SILENT_ORDERS, &params).await?
    } else {
        let (statement, known) = walk(query);
        connection.query_typed(statement, &params[..known]).await?
    };
    Ok(rules::page(rows.iter().map(column::order).collect::<Result<_, _>>()?, size))
}

/// The statement whose index leaves least, and how many parameters it knows: the planner, which knows how many have a state and not
/// when these came, may be wrong. The walk by reasons ends nowhere: with a moment to end at, the one by states is as good.
fn walk(query: &OrderQuery) -> (&'static str, usize) {
    if query.driver_id.is_some() || query.customer_id.is_some() {
        (statement::LIST_ORDERS, 9)
    } else if query.manual_reason.is_some() && query.created_after.is_none() {
        (statement::LIST_ORDERS_BY_REASON, 8)
    } else if rules::status(query).is_some() {
        (statement::LIST_ORDERS_BY_STATUS, 9)
    } else {
        (statement::LIST_ORDERS, 9)
    }
}
