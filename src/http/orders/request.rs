//! What `POST /api/v1/orders` takes, and how it is read.

use serde::Deserialize;
use tropa_dispatch::domain::{
    Address, Currency, GeoPoint, Item, Money, NewOrder, OrderDetails, OrderError, OrderId, OrderNumber,
};
use utoipa::ToSchema;

use crate::http::{
    amount::AmountSchema,
    json::{self, Fields, amount, decimal, integer, parsed, text},
    problem::Answer,
};

/// Lines of one order.
pub(in crate::http) const MAX_ITEMS: usize = 1_000;
/// An order of this id could be found, and never be cancelled or delivered: its paths are those of orders by number.
const NO_ID: &str = "number";
/// Pieces of one line.
const MAX_QUANTITY: u64 = 1_000_000;

/// An order to be accepted. Only for the OpenAPI document: [`new_order`] reads the text itself.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewOrder, example = json!({"id": "pedido-teste-01", "price": 100.0, "tax": 10.0}))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct NewOrderSchema {
    /// Given by the caller, or a fresh `UUIDv7`. Not `number`: that is where orders are found by their number.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:~-]{1,128}$", min_length = 1, max_length = 128, example = "pedido-teste-01")]
    id: Option<String>,
    /// Unique when given.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:~-]{1,128}$", min_length = 1, max_length = 128, example = "2026-000017")]
    order_number: Option<String>,
    /// Who ordered.
    #[schema(min_length = 1, max_length = 128)]
    customer_id: Option<String>,
    /// ISO 4217; `BRL` when left out.
    #[schema(pattern = "^[A-Z]{3}$", example = "BRL")]
    currency: Option<String>,
    /// Without tax; more than 0. With items it may be left out, and must be their sum when given. An exact decimal with
    /// at most 2 fraction digits, as a number or a string.
    price: Option<AmountSchema>,
    /// On top of the price; 0 or more.
    tax: AmountSchema,
    /// What is delivered.
    #[schema(min_items = 1, max_items = 1000)]
    items: Option<Vec<ItemSchema>>,
    /// Where it goes.
    shipping_address: Option<AddressSchema>,
    /// Who pays.
    billing_address: Option<AddressSchema>,
    /// Where the driver fetches it; left out = the configured default.
    pickup: Option<PointSchema>,
    /// Where the driver brings it.
    dropoff: Option<PointSchema>,
}

/// One line of an order.
#[derive(Deserialize, ToSchema)]
#[schema(as = ItemInput)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct ItemSchema {
    /// The product, in the shop's words.
    #[schema(min_length = 1, max_length = 128, example = "pizza-42")]
    product_id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 256, example = "Pizza")]
    product_name: String,
    /// Pieces.
    #[schema(minimum = 1, maximum = 1_000_000, example = 2)]
    quantity: u32,
    /// Price of one; 0 or more.
    unit_price: AmountSchema,
}

/// A postal address.
#[derive(Deserialize, ToSchema)]
#[schema(as = AddressInput)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct AddressSchema {
    /// Street.
    #[schema(min_length = 1, max_length = 256)]
    street: String,
    /// House number.
    #[schema(min_length = 1, max_length = 32)]
    number: String,
    /// Flat, floor, block.
    #[schema(min_length = 1, max_length = 128)]
    complement: Option<String>,
    /// City.
    #[schema(min_length = 1, max_length = 128)]
    city: String,
    /// State or province.
    #[schema(min_length = 1, max_length = 128)]
    state: String,
    /// Postal code.
    #[schema(min_length = 1, max_length = 32)]
    zip_code: String,
    /// Country.
    #[schema(min_length = 1, max_length = 128)]
    country: String,
}

/// A point, WGS 84.
#[derive(Deserialize, ToSchema)]
#[schema(as = PointInput)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct PointSchema {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90, example = -23.5505)]
    lat: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180, example = -46.6333)]
    lng: f64,
}

/// Reads and checks the request, all of it.
pub(in crate::http) fn new_order(body: &str) -> Answer<NewOrder> {
    json::read(body, |f| {
        let id = f.optional("id", order_id);
        let order_number = f.optional("order_number", parsed::<OrderNumber>);
        let customer_id = f.optional("customer_id", text(1..=128));
        let currency = f.optional("currency", parsed::<Currency>).unwrap_or(Currency::BRL);
        let tax = f.required("tax", not_negative);
        let itemised = f.has("items");
        let items = f.list("items", MAX_ITEMS, item);
        let price = if itemised {
            let given = f.optional("price", positive);
            given.or_else(|| if f.all_well() { sum(f, items.as_deref()?) } else { None })
        } else {
            f.required("price", positive)
        };
        let details = OrderDetails {
            order_number,
            customer_id,
            currency,
            price: price.unwrap_or_default(),
            tax: tax.unwrap_or_default(),
            items: items.unwrap_or_default(),
            shipping_address: f.object("shipping_address", address),
            billing_address: f.object("billing_address", address),
            pickup: point(f, "pickup"),
            dropoff: point(f, "dropoff"),
        };
        if f.all_well() {
            match details.check() {
                Ok(()) => {}
                Err(OrderError::Sum(e)) => f.fail("tax", format!("price and tax together {e}")),
                Err(e) => f.fail("price", e.to_string()),
            }
        }
        Some(NewOrder { id, details })
    })
}

fn order_id(raw: &serde_json::value::RawValue) -> Result<OrderId, String> {
    match parsed::<OrderId>(raw)? {
        id if id.as_str() == NO_ID => {
            Err(format!("must not be {NO_ID:?}: its paths lead to orders by number"))
        }
        id => Ok(id),
    }
}

fn positive(raw: &serde_json::value::RawValue) -> Result<Money, String> {
    amount(raw).and_then(|m| if m > Money::ZERO { Ok(m) } else { Err("must be more than 0".into()) })
}

fn not_negative(raw: &serde_json::value::RawValue) -> Result<Money, String> {
    amount(raw).and_then(|m| if m >= Money::ZERO { Ok(m) } else { Err("must be 0 or more".into()) })
}

fn sum(f: &mut Fields, items: &[Item]) -> Option<Money> {
    let sum = items.iter().try_fold(Money::ZERO, |sum, i| sum.plus(i.unit_price.times(i.quantity)?));
    match sum {
        Ok(sum) if sum > Money::ZERO => Some(sum),
        Ok(_) => {
            f.fail("items", "must sum up to more than 0");
            None
        }
        Err(e) => {
            f.fail("items", format!("sum {e}"));
            None
        }
    }
}

fn item(f: &mut Fields) -> Option<Item> {
    let product_id = f.required("product_id", text(1..=128));
    let product_name = f.required("product_name", text(1..=256));
    let quantity = f.required("quantity", integer(1..=MAX_QUANTITY));
    let unit_price = f.required("unit_price", not_negative);
    Some(Item {
        product_id: product_id?,
        product_name: product_name?,
        quantity: u32::try_from(quantity?).ok()?,
        unit_price: unit_price?,
    })
}

fn address(f: &mut Fields) -> Option<Address> {
    let street = f.required("street", text(1..=256));
    let number = f.required("number", text(1..=32));
    let complement = f.optional("complement", text(1..=128));
    let city = f.required("city", text(1..=128));
    let state = f.required("state", text(1..=128));
    let zip_code = f.required("zip_code", text(1..=32));
    let country = f.required("country", text(1..=128));
    Some(Address {
        street: street?,
        number: number?,
        complement,
        city: city?,
        state: state?,
        zip_code: zip_code?,
        country: country?,
    })
}

fn point(f: &mut Fields, name: &str) -> Option<GeoPoint> {
    f.object(name, coordinates)
}

/// `lat` and `lng`, each checked and named on its own.
pub(in crate::http) fn coordinates(f: &mut Fields) -> Option<GeoPoint> {
    let lat = f.required("lat", |raw| within(raw, |lat| GeoPoint::new(lat, 0.0)));
    let lng = f.required("lng", |raw| within(raw, |lng| GeoPoint::new(0.0, lng)));
    GeoPoint::new(lat?, lng?).ok()
}

fn within<E: std::fmt::Display>(
    raw: &serde_json::value::RawValue,
    check: impl Fn(f64) -> Result<GeoPoint, E>,
) -> Result<f64, String> {
    let degrees = decimal(raw)?;
    check(degrees).map(|_| degrees).map_err(|e| {
        // The domain's text begins with the name, which is the field's here.
        e.to_string().split_once(' ').map_or_else(String::new, |(_, rest)| rest.to_owned())
    })
}

#[cfg(test)]
mod tests;
