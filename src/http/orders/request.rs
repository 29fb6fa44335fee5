//! How the body of `POST /api/v1/orders` is read.

mod line;

use serde_json::value::RawValue;
use tropa_dispatch::domain::{
    Charges, Currency, Disagreement, GeoPoint, Money, NewOrder, OrderDetails, OrderId, OrderNumber,
};

use super::schema::{AddressInput, PointInput};
use crate::http::{
    json::{self, Fields, amount, decimal, flag, parsed, text},
    problem::Answer,
};

/// Lines of one order.
pub(in crate::http) const MAX_ITEMS: usize = 1_000;
/// An order of this id could be found, and never be cancelled or delivered: its paths are those of orders by number.
const NO_ID: &str = "number";

/// Reads and checks the request, all of it.
pub(in crate::http) fn new_order(body: &str) -> Answer<NewOrder> {
    json::read(body, |f| {
        let id = f.optional("id", order_id);
        let order_number = f.optional("order_number", parsed::<OrderNumber>);
        let customer_id = f.optional("customer_id", text(1..=128));
        let paid_in = currency(f);
        let currency = paid_in.unwrap_or(Currency::BRL);
        let tax = f.optional("tax", charged(paid_in)).unwrap_or_default();
        let charges = charges(f, paid_in);
        let itemised = f.has("items");
        let items = f.list("items", MAX_ITEMS, |f| line::read(f, paid_in)).unwrap_or_default();
        let price = if itemised {
            f.optional("price", charged(paid_in))
        } else {
            Some(f.required("price", charged(paid_in)).unwrap_or_default())
        };
        let final_price = f.optional("final_price", charged(paid_in));
        let mut details = OrderDetails {
            order_number,
            customer_id,
            currency,
            price: price.unwrap_or_default(),
            tax,
            items,
            shipping_address: f.object("shipping_address", AddressInput::address),
            billing_address: f.object("billing_address", AddressInput::address),
            pickup: f.object("pickup", PointInput::point),
            dropoff: f.object("dropoff", PointInput::point),
            charges,
        };
        if f.all_well() {
            if let (None, Ok(Some(sum))) = (price, details.sum()) {
                details.price = sum;
            }
            if let Err(Disagreement { field, detail }) =
                details.check().and_then(|()| final_price.map_or(Ok(()), |paid| details.agrees(paid)))
            {
                f.fail(field, detail);
            }
        }
        Some(NewOrder { id, details })
    })
}

/// The currency; `None` if it is wrong, and amounts cannot be judged by it.
fn currency(f: &mut Fields) -> Option<Currency> {
    let told = f.has("currency");
    let read = f.optional("currency", parsed::<Currency>);
    if told { read } else { Some(Currency::BRL) }
}

fn charges(f: &mut Fields, paid_in: Option<Currency>) -> Charges {
    let charged = charged(paid_in);
    let mut charge = |name| {
        f.optional(name, |raw| charged(raw).map_err(|detail| with_a_word(name, detail))).unwrap_or_default()
    };
    let (discount, shipping, fee, tip) =
        (charge("discount"), charge("shipping"), charge("fee"), charge("tip"));
    let tax_included = f.optional("tax_included", flag).unwrap_or_default();
    Charges { discount, shipping, fee, tip, tax_included }
}

/// An amount that can be paid in this currency; 0 or more.
fn charged(paid_in: Option<Currency>) -> impl Fn(&RawValue) -> Result<Money, String> {
    move |raw| {
        let paid = amount(raw, paid_in.map_or(Money::DIGITS, Currency::digits))?;
        if paid >= Money::ZERO { Ok(paid) } else { Err(format!("must be 0 or more, got {}", raw.get())) }
    }
}

/// What is written with a minus sign by some shops, and where it belongs here.
fn with_a_word(name: &str, detail: String) -> String {
    let word = match name {
        _ if !detail.starts_with("must be 0 or more") => return detail,
        "fee" => "what is taken off the price is a `discount`",
        "discount" => "what is taken off is written without a sign",
        "shipping" | "tip" => "what is given back is a `discount`",
        _ => return detail,
    };
    format!("{detail}: {word}")
}

fn order_id(raw: &RawValue) -> Result<OrderId, String> {
    match parsed::<OrderId>(raw)? {
        id if id.as_str() == NO_ID => {
            Err(format!("must not be {NO_ID:?}: its paths lead to orders by number"))
        }
        id => Ok(id),
    }
}

/// Degrees north.
pub(in crate::http) fn latitude(raw: &RawValue) -> Result<f64, String> {
    within(raw, |lat| GeoPoint::new(lat, 0.0))
}

/// Degrees east.
pub(in crate::http) fn longitude(raw: &RawValue) -> Result<f64, String> {
    within(raw, |lng| GeoPoint::new(0.0, lng))
}

fn within<E: std::fmt::Display>(
    raw: &RawValue,
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
