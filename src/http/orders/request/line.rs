//! One line of an order.

use serde_json::value::RawValue;
use tropa_dispatch::domain::{Currency, Disagreement, Item, Money, Quantity};

use super::{charged, with_a_word};
use crate::http::json::{Fields, amount, digits, text};

/// Reads a line, and checks that its figures agree.
pub(super) fn read(f: &mut Fields, paid_in: Option<Currency>) -> Option<Item> {
    let mistakes = f.mistakes();
    let product_id = f.required("product_id", text(1..=128));
    let product_name = f.required("product_name", text(1..=256));
    let quantity = f.required("quantity", quantity);
    let unit = f.optional("unit", text(1..=16));
    let unit_price = f.optional("unit_price", price_of_one);
    let discount = f
        .optional("discount", |raw| charged(paid_in)(raw).map_err(|detail| with_a_word("discount", detail)))
        .unwrap_or_default();
    let total_price = f.optional("total_price", charged(paid_in));
    let item = Item {
        product_id: product_id?,
        product_name: product_name?,
        quantity: quantity?,
        unit_price,
        unit,
        discount,
        total_price,
    };
    // Amounts of no currency cannot be added up, and of those that could not be read nothing else can be said.
    let Some(currency) = paid_in.filter(|_| f.mistakes() == mistakes) else { return Some(item) };
    match item.checked(currency) {
        Ok(item) => Some(item),
        Err(Disagreement { field, detail }) => {
            f.fail(field, detail);
            None
        }
    }
}

/// As a number or a string, exactly.
fn quantity(raw: &RawValue) -> Result<Quantity, String> {
    digits(raw)?.parse::<Quantity>().map_err(|e| e.to_string())
}

/// Finer than what can be paid: 5.899 a litre.
fn price_of_one(raw: &RawValue) -> Result<Money, String> {
    let price = amount(raw, Money::DIGITS)?;
    if price >= Money::ZERO { Ok(price) } else { Err("must be 0 or more".into()) }
}
