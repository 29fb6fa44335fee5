//! What people tell an order: cancel, deliver, dispatch.

use super::desk::{Desk, Step, dispatched};
use super::message::{CommandError, CommandOrder};
use crate::breaker::SearchError;
use crate::domain::{Cause, DriverId, EventKind, Order, Status};
use crate::port::{Applied, Claim, StoreError, Unfit};

/// What can be done to an order by hand.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Call it off; a driver who has it is released.
    Cancel {
        /// In the caller's words, at most 500 characters.
        reason: Option<String>,
    },
    /// It arrived.
    Deliver,
    /// Give it a driver: from `MANUAL_DISPATCH` (or while it still waits).
    Dispatch {
        /// This driver; `None` = a new search.
        driver_id: Option<DriverId>,
    },
}

/// Rounds of deciding again because somebody else moved the order.
const ROUNDS: usize = 8;

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Desk {
    /// Carries out a command, and returns the order after it.
    pub(crate) async fn command(
        &self,
        mut order: Option<Order>,
        request: &CommandOrder,
    ) -> Result<Order, CommandError> {
        for _ in 0..ROUNDS {
            let current = match order.take() {
                Some(order) => order,
                None => self.load(&request.id).await?.ok_or(CommandError::NotFound)?,
            };
            if request.expected_version.is_some_and(|version| version != current.version) {
                // What is held here may be older than the database: another writer's step is seen only there.
                let fresh = self.load(&request.id).await?.ok_or(CommandError::NotFound)?;
                if request.expected_version != Some(fresh.version) {
                    return Err(CommandError::VersionMismatch { current: Box::new(fresh) });
                }
                order = Some(fresh);
                continue;
            }
            let (kind, claim) = match self.decide(&current, &request.command).await {
                Ok(decision) => decision,
                Err(refused @ CommandError::InvalidTransition(_)) => {
                    // The same: another instance may have found a driver for what is pending here.
                    let fresh = self.load(&request.id).await?.ok_or(CommandError::NotFound)?;
                    if fresh.version == current.version {
                        return Err(refused);
                    }
                    order = Some(fresh);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let step = Step { kind, cause: Cause::Api, attempt: 1, trace: request.trace.clone() };
            let (applied, after) = self.take(&current, step, None).await?;
            if applied == Applied::Done {
                return Ok(after);
            }
            let fresh = match &applied {
                Applied::Stale(fresh) => fresh.as_deref().cloned(),
                _ => None,
            };
            if let Some(claim) = claim {
                let committed = fresh.as_ref().is_some_and(|o| o.claim_token.as_ref() == Some(&claim.token));
                if !committed {
                    self.release(&current, &claim).await;
                }
                if applied == Applied::DriverTaken {
                    let why = Unfit::HasOrder { driver: claim.driver_id, order: None };
                    return Err(CommandError::DriverUnavailable(why));
                }
            }
            order = fresh;
        }
        Err(CommandError::Unavailable(format!("order {} does not hold still", request.id)))
    }

    async fn decide(
        &self,
        order: &Order,
        command: &Command,
    ) -> Result<(EventKind, Option<Claim>), CommandError> {
        let to = match command {
            Command::Cancel { .. } => Status::Cancelled,
            Command::Deliver => Status::Delivered,
            Command::Dispatch { .. } => Status::Dispatched,
        };
        order.status.check(to)?;
        Ok(match command {
            Command::Cancel { reason } => {
                let (driver_id, claim_token) = (order.driver_id.clone(), order.claim_token.clone());
                (EventKind::Cancelled { reason: reason.clone(), driver_id, claim_token }, None)
            }
            Command::Deliver => {
                let (Some(driver_id), Some(claim_token)) =
                    (order.driver_id.clone(), order.claim_token.clone())
                else {
                    let fault = format!("order {} is dispatched without a driver", order.id);
                    return Err(StoreError::Fault(fault).into());
                };
                (EventKind::Delivered { driver_id, claim_token }, None)
            }
            Command::Dispatch { driver_id } => {
                let claim = self.find(order, driver_id.clone()).await?;
                (dispatched(&claim), Some(claim))
            }
        })
    }

    async fn find(&self, order: &Order, driver: Option<DriverId>) -> Result<Claim, CommandError> {
        match self.search(order, &[], driver.clone(), None).await {
            // An order that holds a driver gets that claim again, whoever was named.
            Ok(Some(claim)) if driver.as_ref().is_none_or(|named| *named == claim.driver_id) => Ok(claim),
            Ok(Some(claim)) => {
                self.release(order, &claim).await;
                let held = claim.driver_id;
                let driver = driver.unwrap_or_else(|| held.clone());
                Err(CommandError::DriverUnavailable(Unfit::HeldAnother { driver, held }))
            }
            Ok(None) => Err(driver.map_or(CommandError::NoDriver, |driver| {
                CommandError::DriverUnavailable(Unfit::Unsaid(driver))
            })),
            Err(SearchError::Unfit(why)) => Err(CommandError::DriverUnavailable(why)),
            Err(error) => Err(CommandError::FleetUnavailable(error.to_string())),
        }
    }
}
