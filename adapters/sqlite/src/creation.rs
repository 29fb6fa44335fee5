//! Accepting an order, inside the writer's transaction.

use tropa_contract::{
    domain::{OrderNumber, Status},
    port::{Created, Creation},
    rules::Obstacle,
};

use super::{
    batch::Batch,
    column::{micros, order},
    event,
    failure::Failure,
    message, span, statement,
};

/// Writes everything that belongs to a new order, or nothing.
pub fn create(batch: &mut Batch<'_>, creation: &Creation) -> Result<Created, Failure> {
    let _span = span::creating(creation);
    let Creation { order, fingerprint, .. } = creation;
    if let Some(answer) = replayed(batch, creation)? {
        return Ok(answer);
    }
    let inserted = batch.execute(
        statement::INSERT_ORDER,
        (
            order.id.as_str(),
            order.details.order_number.as_ref().map(OrderNumber::as_str),
            &order.details.customer_id,
            fingerprint.as_str(),
            order.details.currency.as_str(),
            order.details.price.hundredths(),
            order.details.tax.hundredths(),
            serde_json::to_string(&order.details)?,
            micros(order.created_at),
            micros(order.updated_at),
        ),
    )?;
    if inserted == 0 {
        return conflict(batch, creation);
    }
    let order_seq = batch.last_row();
    batch.count(None, Status::Pending);
    event::insert(batch, order_seq, &creation.event)?;
    message::first(batch, order_seq, &creation.envelope)?;
    if let Some(key) = &creation.key {
        let now = batch.now;
        batch.execute(statement::INSERT_KEY, (&key.scope, &key.key, fingerprint.as_str(), order_seq, now))?;
        if let Some(former) = &key.former {
            let row = (former, &key.key, fingerprint.as_str(), order_seq, now);
            batch.execute(statement::INSERT_FORMER_KEY, row)?;
        }
    }
    Ok(Created::Stored)
}

/// The answer, when the key was used before.
fn replayed(batch: &Batch<'_>, creation: &Creation) -> Result<Option<Created>, Failure> {
    let Some(key) = &creation.key else { return Ok(None) };
    let former = key.former.as_ref().unwrap_or(&key.scope);
    let params = (&key.scope, &key.key, creation.fingerprint.as_str(), former);
    batch.first(statement::LOAD_ORDER_BY_KEY, params, |row| {
        let theirs = if row.get(11)? { Some(order(row)?) } else { None };
        Ok(Obstacle::Key(theirs).answer())
    })
}

/// Whose the id is; when nobody's, it was the order number.
fn conflict(batch: &Batch<'_>, creation: &Creation) -> Result<Created, Failure> {
    let id = creation.order.id.as_str();
    let same =
        batch.first(statement::SAME_REQUEST, (id, creation.fingerprint.as_str()), |row| Ok(row.get(0)?))?;
    let obstacle = match same {
        None => Obstacle::Number,
        Some(false) => Obstacle::Id(None),
        Some(true) => {
            let gone = || Failure::Fault(format!("order {id:?} was there a moment ago"));
            Obstacle::Id(Some(batch.first(statement::LOAD_ORDER, [id], order)?.ok_or_else(gone)?))
        }
    };
    Ok(obstacle.answer())
}
