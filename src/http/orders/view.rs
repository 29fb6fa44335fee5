//! An order as callers see it.

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::domain::{Address, Charges, Currency, GeoPoint, Item, ManualReason, Order, Status};
use utoipa::ToSchema;

use crate::http::amount::{Amount, Measure};

/// An order.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(in crate::http) struct OrderView {
    /// Its id.
    #[schema(example = "pedido-teste-01")]
    id: String,
    /// A number people use for it; unique.
    order_number: Option<String>,
    /// Who ordered.
    customer_id: Option<String>,
    /// ISO 4217.
    #[schema(example = "BRL")]
    currency: String,
    /// Before discount and charges.
    price: Amount,
    /// On top of the price and the charges, unless `tax_included`.
    tax: Amount,
    /// What is paid in all.
    final_price: Amount,
    /// Taken off the whole order.
    discount: Amount,
    /// For bringing it.
    shipping: Amount,
    /// For packaging, service, a small order.
    fee: Amount,
    /// For the driver or the kitchen.
    tip: Amount,
    /// Whether price, shipping and fee, less the discount, contain the tax.
    tax_included: bool,
    /// What is delivered.
    items: Vec<ItemView>,
    /// Where it goes.
    shipping_address: Option<AddressView>,
    /// Who pays.
    billing_address: Option<AddressView>,
    /// Where the driver fetches it.
    pickup: Option<PointView>,
    /// Where the driver brings it.
    dropoff: Option<PointView>,
    /// Where it stands.
    status: Status,
    /// How many events it has; also its entity tag.
    #[schema(minimum = 1)]
    version: u64,
    /// Who drives it, or drove it last.
    driver: Option<DriverRef>,
    /// Of a dispatched order whose driver is not heard of any more: since when. `null` while they are.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    driver_silent_since: Option<OffsetDateTime>,
    /// Why it waits for a person.
    manual_reason: Option<ManualReason>,
    /// Why it was cancelled, in the caller's words.
    cancel_reason: Option<String>,
    /// When it was accepted.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When its last event happened.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: OffsetDateTime,
}

/// Who drives.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct DriverRef {
    /// Their id.
    pub(super) id: String,
    /// Their name when they got the order.
    pub(super) name: Option<String>,
}

/// One line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = Item)]
struct ItemView {
    /// The product, in the shop's words.
    product_id: String,
    /// Its name.
    product_name: String,
    /// How many, or how much.
    quantity: Measure,
    /// What the quantity counts; pieces when there is none.
    unit: Option<String>,
    /// Price of one; none when only all of them have one.
    unit_price: Option<Amount>,
    /// Taken off this line.
    discount: Amount,
    /// What the line costs.
    total_price: Amount,
}

/// A postal address.
#[derive(Serialize, ToSchema)]
#[schema(as = Address)]
struct AddressView {
    street: String,
    number: String,
    complement: Option<String>,
    city: String,
    state: String,
    zip_code: String,
    country: String,
}

/// A point, WGS 84.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = Point)]
pub(in crate::http) struct PointView {
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lng: f64,
}

impl OrderView {
    /// With a driver who has been silent since then.
    pub fn silent_since(self, driver_silent_since: Option<OffsetDateTime>) -> Self {
        Self { driver_silent_since, ..self }
    }
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let final_price = order.final_price();
        let details = order.details;
        let amount = |money| Amount(money, details.currency);
        let Charges { discount, shipping, fee, tip, tax_included } = details.charges;
        Self {
            id: order.id.into(),
            order_number: details.order_number.map(Into::into),
            customer_id: details.customer_id,
            currency: details.currency.into(),
            price: amount(details.price),
            tax: amount(details.tax),
            final_price: amount(final_price),
            discount: amount(discount),
            shipping: amount(shipping),
            fee: amount(fee),
            tip: amount(tip),
            tax_included,
            items: details.items.into_iter().map(|item| ItemView::of(item, details.currency)).collect(),
            shipping_address: details.shipping_address.map(Into::into),
            billing_address: details.billing_address.map(Into::into),
            pickup: details.pickup.map(Into::into),
            dropoff: details.dropoff.map(Into::into),
            status: order.status,
            version: order.version,
            driver: order.driver_id.map(|id| DriverRef { id: id.into(), name: order.driver_name }),
            driver_silent_since: None,
            manual_reason: order.manual_reason,
            cancel_reason: order.cancel_reason,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl ItemView {
    fn of(item: Item, currency: Currency) -> Self {
        let amount = |money| Amount(money, currency);
        // A sum too large was refused.
        let total_price = amount(item.total(currency).unwrap_or_default());
        let Item { product_id, product_name, quantity, unit_price, unit, discount, .. } = item;
        Self {
            product_id,
            product_name,
            quantity: Measure(quantity),
            unit,
            unit_price: unit_price.map(amount),
            discount: amount(discount),
            total_price,
        }
    }
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        let Address { street, number, complement, city, state, zip_code, country } = address;
        Self { street, number, complement, city, state, zip_code, country }
    }
}

impl From<GeoPoint> for PointView {
    fn from(point: GeoPoint) -> Self {
        Self { lat: point.lat(), lng: point.lng() }
    }
}

#[cfg(test)]
mod tests;
