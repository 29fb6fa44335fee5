//! Accepting orders: a batch in one statement, and what is to be said of those that it did not store.

mod columns;
mod known;

use std::{collections::HashSet, time::Duration};

use tokio::time::sleep;
use tokio_postgres::error::SqlState;
use tropa_contract::{
    port::{Backoff, Created, Creation},
    rules::Known,
};

use self::columns::Columns;
use super::{
    connection::Connection,
    failure::Failure,
    statement,
    transaction::{self, Param},
};

/// How often a batch is tried that other transactions stand in the way of.
pub const TRIES: u32 = 4;
/// Between these tries.
const ASIDE: Backoff = Backoff::between(Duration::from_millis(10), Duration::from_millis(50));

/// Writes everything that belongs to the new orders; an outcome each, in the batch's order.
///
/// Where no item shares an id, a number or a key with another, and none was there before, this is one statement, which is its
/// own transaction: one round trip. The rest, if any, is answered from what stands in their way.
pub async fn create(connection: &Connection, batch: &[Creation]) -> Result<Vec<Created>, Failure> {
    let mut outcomes: Vec<Option<Created>> = vec![None; batch.len()];
    for tried in 1.. {
        match attempt(connection, batch, &mut outcomes).await {
            Err(failure) if failure.is_collision() && tried < TRIES => {
                transaction::roll_back(connection).await?;
                collided(tried).await;
            }
            Err(failure) => return Err(failure),
            Ok(()) => break,
        }
    }
    let missing = || Failure::Fault("an order of the batch has no outcome".to_owned());
    outcomes.into_iter().map(|outcome| outcome.ok_or_else(missing)).collect()
}

/// Steps aside, for longer each time, and not as long as whoever stepped aside as well.
pub async fn collided(tried: u32) {
    sleep(ASIDE.delay(tried)).await;
}

async fn attempt(
    connection: &Connection,
    batch: &[Creation],
    outcomes: &mut [Option<Created>],
) -> Result<(), Failure> {
    let all: Vec<usize> = (0..batch.len()).filter(|i| outcomes[*i].is_none()).collect();
    if all.len() == batch.len() && Known::default().ready(batch, &all).len() == all.len() {
        match store(connection, batch, &all, KeyOfNoOrder::Refused).await {
            Ok(written) => written.stored.iter().for_each(|i| outcomes[*i] = Some(Created::Stored)),
            // A key was claimed for an order that was not stored: nothing was written, and now one looks first.
            Err(failure) if failure.code() == Some(&SqlState::DIVISION_BY_ZERO) => {}
            Err(failure) => return Err(failure),
        }
        if outcomes.iter().all(Option::is_some) {
            return Ok(());
        }
    }
    look_first(connection, batch, outcomes).await
}

/// In one transaction, in rounds: looks at what stands in the way, answers who can be answered, writes who is first to want
/// an identity. What another transaction takes in between is seen in the next round.
async fn look_first(
    connection: &Connection,
    batch: &[Creation],
    outcomes: &mut [Option<Created>],
) -> Result<(), Failure> {
    let mut fresh = outcomes.to_vec();
    for round in 0.. {
        let open: Vec<usize> = (0..batch.len()).filter(|i| fresh[*i].is_none()).collect();
        if open.is_empty() {
            break;
        }
        // Each round answers or writes one at least, or loses one to another transaction and answers it in the next.
        if round > 2 * batch.len() {
            return Err(Failure::Fault("new orders are neither stored nor found".to_owned()));
        }
        let known = known::look(connection, batch, &open, round == 0).await?;
        for i in known.settled(batch, &open) {
            fresh[i] = known.answer(&batch[i]);
        }
        let open: Vec<usize> = open.into_iter().filter(|i| fresh[*i].is_none()).collect();
        let ready = known.ready(batch, &open);
        if ready.is_empty() {
            continue;
        }
        let written = store(connection, batch, &ready, KeyOfNoOrder::Told).await?;
        written.stored.iter().for_each(|i| fresh[*i] = Some(Created::Stored));
        let lost: Vec<_> = written.claimed.difference(&written.stored).map(|i| &batch[*i]).collect();
        if !lost.is_empty() {
            let keys = lost.iter().filter_map(|creation| creation.key.as_ref());
            let (scopes, keys): (Vec<_>, Vec<_>) =
                keys.map(|key| (key.scope.as_str(), key.key.as_str())).unzip();
            let release = connection.prepare_cached(statement::RELEASE_KEYS).await?;
            connection.execute(&release, &[&scopes, &keys]).await?;
        }
    }
    transaction::Rest::default().commit(connection).await?;
    outcomes.clone_from_slice(&fresh);
    Ok(())
}

/// What a statement wrote, by place in the batch.
struct Written {
    stored: HashSet<usize>,
    claimed: HashSet<usize>,
}

/// What is to become of a key that was claimed for an order whose id or number is taken.
#[derive(Clone, Copy, PartialEq)]
enum KeyOfNoOrder {
    /// The statement fails, and writes nothing: it is a transaction of its own, which nobody could put right.
    Refused,
    /// It is told of, and released later in the transaction.
    Told,
}

async fn store(
    connection: &Connection,
    batch: &[Creation],
    which: &[usize],
    key: KeyOfNoOrder,
) -> Result<Written, Failure> {
    let columns = Columns::of(which.iter().map(|i| &batch[*i]))?;
    let create = connection.prepare_cached(statement::CREATE_ORDERS).await?;
    let mut written = Written { stored: HashSet::new(), claimed: HashSet::new() };
    let refuse = key == KeyOfNoOrder::Refused;
    let params: Vec<Param> = columns.params().into_iter().chain([&refuse as Param]).collect();
    for row in connection.query(&create, &params).await? {
        let place: i64 = row.try_get(0)?;
        let Some(i) = usize::try_from(place - 1).ok().and_then(|place| which.get(place)) else {
            return Err(Failure::Fault(format!("no item {place} in the batch")));
        };
        if row.try_get(1)? {
            written.stored.insert(*i);
        }
        if row.try_get(2)? {
            written.claimed.insert(*i);
        }
    }
    Ok(written)
}
