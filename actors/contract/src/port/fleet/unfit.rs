//! Why a driver who was asked for by name cannot be had.

use crate::domain::{Driver, DriverId, DriverStatus, OrderId};
use crate::port::{DriverIndex, IndexError};

/// The one cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Nobody knows them.
    #[error("there is no driver {0}")]
    Unknown(DriverId),
    /// They take no orders.
    #[error("driver {0} is offline")]
    Offline(DriverId),
    /// Another order holds them.
    #[error("driver {driver} has {}", order.as_ref().map_or("an order".to_owned(), |order| format!("order {order}")))]
    HasOrder {
        /// Who.
        driver: DriverId,
        /// Which, if that is known.
        order: Option<OrderId>,
    },
    /// The order held somebody else.
    #[error("the order held driver {held} instead of driver {driver}, and has let go: ask again")]
    HeldAnother {
        /// Who was asked for.
        driver: DriverId,
        /// Whom it held.
        held: DriverId,
    },
    /// What was in the way is gone.
    #[error("driver {0} was not free, and is now: ask again")]
    Changed(DriverId),
    /// A fleet service that gives no reason.
    #[error("driver {0} cannot be had, and the fleet service does not say why")]
    Unsaid(DriverId),
}

impl Unfit {
    /// Of a driver whom an index would not give, by what it knows of them right after.
    pub async fn of(driver: DriverId, index: &dyn DriverIndex) -> Result<Self, IndexError> {
        let known = index.get(&driver).await?;
        Ok(match known {
            None => Self::Unknown(driver),
            Some(Driver { status: DriverStatus::Offline, .. }) => Self::Offline(driver),
            Some(Driver { order_id: Some(order), .. }) => Self::HasOrder { driver, order: Some(order) },
            Some(_) => Self::Changed(driver),
        })
    }
}
