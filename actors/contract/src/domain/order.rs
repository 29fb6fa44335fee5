//! The order: what was asked for, and where it stands.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Charges, ClaimToken, Currency, DriverId, GeoPoint, InvalidTransition, Item, ManualReason, Money,
    OrderEvent, OrderId, OrderNumber, Status,
};

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street.
    pub street: String,
    /// House number.
    pub number: String,
    /// Flat, floor, block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// City.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Postal code.
    pub zip_code: String,
    /// Country.
    pub country: String,
}

/// What a caller may say about an order besides its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderDetails {
    /// Unique when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<OrderNumber>,
    /// Who ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Of price and tax.
    pub currency: Currency,
    /// The sum of the items where there are any.
    pub price: Money,
    /// On top of the price, or contained in it.
    pub tax: Money,
    /// What is delivered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Where the driver fetches it; `None` = the configured default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<GeoPoint>,
    /// Where the driver brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropoff: Option<GeoPoint>,
    /// What is charged besides.
    #[serde(default, skip_serializing_if = "Charges::is_none")]
    pub charges: Charges,
}

/// A checked request for an order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewOrder {
    /// The caller's id, or `None` for a fresh one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<OrderId>,
    /// The rest.
    #[serde(flatten)]
    pub details: OrderDetails,
}

/// An accepted order: the fold of its events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What was asked for, `pickup` filled in.
    #[serde(flatten)]
    pub details: OrderDetails,
    /// Where it stands.
    pub status: Status,
    /// How many events it has.
    pub version: u64,
    /// Who drives it, or drove it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver_id: Option<DriverId>,
    /// That driver's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver_name: Option<String>,
    /// That driver's claim. Not shown to callers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_token: Option<ClaimToken>,
    /// Why it is in `MANUAL_DISPATCH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual_reason: Option<ManualReason>,
    /// Why it was cancelled, in the caller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// When it was accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its last event happened.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl Order {
    /// The order as it is right after its first event.
    pub fn accept(new: NewOrder, default_pickup: GeoPoint, at: OffsetDateTime) -> Self {
        let NewOrder { id, mut details } = new;
        details.pickup.get_or_insert(default_pickup);
        Self::accepted(id.unwrap_or_else(OrderId::fresh), details, at)
    }

    /// The order as it was answered when it was created: nothing but its progress can have changed.
    #[must_use]
    pub fn as_accepted(self) -> Self {
        Self::accepted(self.id, self.details, self.created_at)
    }

    fn accepted(id: OrderId, details: OrderDetails, at: OffsetDateTime) -> Self {
        Self {
            id,
            details,
            status: Status::Pending,
            version: 1,
            driver_id: None,
            driver_name: None,
            claim_token: None,
            manual_reason: None,
            cancel_reason: None,
            created_at: at,
            updated_at: at,
        }
    }

    /// What is paid in all. Zero if the sum overflows, which [`OrderDetails::check`] has refused.
    pub fn final_price(&self) -> Money {
        self.details.final_price().unwrap_or_default()
    }

    /// The order after `event`: one step of the fold.
    pub fn after(&self, event: &OrderEvent) -> Result<Self, InvalidTransition> {
        self.status.check(event.kind.status())?;
        let mut next = Self {
            status: event.kind.status(),
            version: event.version,
            updated_at: event.at,
            manual_reason: None,
            ..self.clone()
        };
        event.kind.change(&mut next);
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cause, EventId, EventKind};

    fn details(price: &str) -> OrderDetails {
        OrderDetails {
            order_number: None,
            customer_id: None,
            currency: Currency::BRL,
            price: price.parse().unwrap(),
            tax: "10".parse().unwrap(),
            items: vec![],
            shipping_address: None,
            billing_address: None,
            pickup: None,
            dropoff: None,
            charges: Charges::default(),
        }
    }

    #[test]
    fn the_fold_keeps_the_driver_and_refuses_a_wrong_step() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let pickup = GeoPoint::new(-23.55, -46.63).unwrap();
        let order = Order::accept(NewOrder { id: None, details: details("100") }, pickup, at);
        let event = |version, kind| OrderEvent {
            event_id: EventId::fresh(),
            order_id: order.id.clone(),
            version,
            kind,
            at,
            cause: Cause::Dispatcher,
            attempt: 1,
            trace: None,
        };
        let (driver_id, claim_token): (DriverId, _) = ("joao".parse().unwrap(), ClaimToken::fresh());
        let dispatched = order
            .after(&event(
                2,
                EventKind::Dispatched {
                    driver_id: driver_id.clone(),
                    driver_name: "Joao".into(),
                    distance_m: 12.0,
                    claim_token: claim_token.clone(),
                },
            ))
            .unwrap();
        assert_eq!((dispatched.status, dispatched.version), (Status::Dispatched, 2));
        let delivered = dispatched.after(&event(3, EventKind::Delivered { driver_id, claim_token })).unwrap();
        assert_eq!(delivered.driver_name.as_deref(), Some("Joao"));
        assert_eq!(delivered.clone().as_accepted(), order);
        let cancelled = EventKind::Cancelled { reason: None, driver_id: None, claim_token: None };
        assert!(delivered.after(&event(4, cancelled)).is_err());
        assert_eq!(order.final_price().to_string(), "110.00");
    }

    #[test]
    fn json_round_trips() {
        let pickup = GeoPoint::new(-23.55, -46.63).unwrap();
        let order = Order::accept(
            NewOrder { id: Some("a".parse().unwrap()), details: details("0.1") },
            pickup,
            OffsetDateTime::UNIX_EPOCH,
        );
        let text = serde_json::to_string(&order).unwrap();
        assert!(text.contains(r#""price":"0.10""#), "{text}");
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
    }
}
