//! Which things an operation is about: chosen once, and kept.

use crate::domain::{DeadLetterState, Operation, OperationKind, OrderId};
use crate::port::{DeadLetterFilter, OrderQuery, PageStart, StoreError};

use super::{ClerkPorts, OperationRefused, Which};

/// Things in one operation, at most; what matches besides is a second one.
pub(super) const MOST: u32 = 100_000;

/// Orders read at once.
const PAGE: u32 = 1_000;

/// Before every id an order can have.
const FIRST_ID: &str = "-";

/// A target and what it is now.
type Thing = (String, Option<u64>);

impl ClerkPorts {
    /// Keeps the set of what this is to be done to.
    pub(super) async fn freeze(
        &self,
        kind: OperationKind,
        of: Which,
        expected: Option<u64>,
        make: impl FnOnce(Operation) -> Operation,
    ) -> Result<Operation, OperationRefused> {
        let things = match of {
            Which::Set(id) => return self.frozen(id, kind, expected).await,
            Which::Letters(filter) => self.letters(kind, filter).await?,
            Which::Orders(ids) => self.orders(ids).await?,
            Which::OrdersLike { query, created_after, created_before } => {
                let start = match created_before {
                    Some(created_at) => PageStart::After { created_at, id: first_id()? },
                    None => PageStart::Newest,
                };
                let mut things = Vec::new();
                let mut query = OrderQuery { limit: PAGE, start, ..query };
                loop {
                    let page = self.store.list(query.clone()).await?;
                    let Some(last) = page.orders.last() else { break };
                    let young = |at| created_after.is_none_or(|after| at >= after);
                    let more = page.more && young(last.created_at);
                    query.start = PageStart::After { created_at: last.created_at, id: last.id.clone() };
                    let chosen = page.orders.into_iter().filter(|order| young(order.created_at));
                    things.extend(chosen.map(|order| (order.id.into(), Some(order.version))));
                    if !more || things.len() >= MOST as usize {
                        break;
                    }
                }
                things.truncate(MOST as usize);
                things
            }
        };
        let matched = things.len() as u64;
        met(matched, expected)?;
        let operation = make(Operation::frozen(kind, matched, self.clock.now()));
        self.operations.freeze(operation.clone(), things).await?;
        Ok(operation)
    }

    async fn frozen(
        &self,
        id: uuid::Uuid,
        kind: OperationKind,
        expected: Option<u64>,
    ) -> Result<Operation, OperationRefused> {
        let found = self.operations.operation(id).await?.filter(|operation| operation.kind == kind);
        let operation = found.ok_or(OperationRefused::NotFrozen)?;
        met(operation.matched, expected)?;
        Ok(operation)
    }

    async fn letters(&self, kind: OperationKind, filter: DeadLetterFilter) -> Result<Vec<Thing>, StoreError> {
        let state = match kind {
            OperationKind::RestoreLetters => DeadLetterState::Discarded,
            _ => DeadLetterState::Parked,
        };
        let filter = DeadLetterFilter { state: Some(state), limit: MOST, offset: 0, ..filter };
        let picked = self.letters.pick(filter).await?;
        Ok(picked.into_iter().map(|(id, seen)| (id.to_string(), Some(version(seen)))).collect())
    }

    async fn orders(&self, ids: Vec<OrderId>) -> Result<Vec<Thing>, StoreError> {
        let orders = self.store.load(ids).await?;
        Ok(orders.into_iter().flatten().map(|order| (order.id.into(), Some(order.version))).collect())
    }
}

fn met(matched: u64, expected: Option<u64>) -> Result<(), OperationRefused> {
    match expected {
        Some(expected) if expected != matched => Err(OperationRefused::Unexpected { matched, expected }),
        _ => Ok(()),
    }
}

fn first_id() -> Result<OrderId, StoreError> {
    FIRST_ID.parse().map_err(|error| StoreError::Fault(format!("{error}")))
}

/// A letter that was parked again was seen again.
pub(super) fn version(seen: time::OffsetDateTime) -> u64 {
    (seen.unix_timestamp_nanos() / 1_000).unsigned_abs() as u64
}
