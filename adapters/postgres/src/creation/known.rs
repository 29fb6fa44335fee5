//! What stands in the way of new orders, looked up.

use tokio_postgres::Row;
use tropa_contract::{
    domain::{Fingerprint, Order, OrderNumber},
    port::Creation,
    rules::{self, Known},
};

use crate::{
    column::{self, parsed},
    connection::Connection,
    failure::Failure,
    statement,
    transaction::{self, Param},
};

/// Looks, as the first thing of a transaction or (`begin` is false) inside it.
pub async fn look(
    connection: &Connection,
    batch: &[Creation],
    which: &[usize],
    begin: bool,
) -> Result<Known, Failure> {
    let batch = || which.iter().map(|i| &batch[*i]);
    let ids: Vec<_> = batch().map(|creation| creation.order.id.as_str()).collect();
    let numbers = batch().filter_map(|creation| creation.order.details.order_number.as_ref());
    let numbers: Vec<_> = numbers.map(OrderNumber::as_str).collect();
    let (scopes, keys): (Vec<_>, Vec<_>) = batch().flat_map(rules::keys).unzip();
    let (ids, numbers, keys): ([Param; 1], [Param; 1], [Param; 2]) = ([&ids], [&numbers], [&scopes, &keys]);
    let questions: [(&str, &[Param]); 3] = [
        (statement::ORDERS_BY_ID, &ids),
        (statement::TAKEN_NUMBERS, &numbers),
        (statement::ORDERS_BY_KEY, &keys),
    ];
    let mut answers = transaction::ask(connection, &questions, begin).await?.into_iter();
    let mut known = Known::default();
    for row in answers.next().unwrap_or_default() {
        let (order, request) = found(&row)?;
        known.id(order, request);
    }
    for row in answers.next().unwrap_or_default() {
        known.number(parsed(&row, 0)?);
    }
    for row in answers.next().unwrap_or_default() {
        let (order, request) = found(&row)?;
        known.key(row.try_get(12)?, row.try_get(13)?, order, request);
    }
    Ok(known)
}

fn found(row: &Row) -> Result<(Order, Fingerprint), Failure> {
    Ok((column::order(row)?, Fingerprint::from_stored(row.try_get(11)?)))
}
