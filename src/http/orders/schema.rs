//! What `POST /api/v1/orders` takes. Addresses and points are read as they are described here. The order and its lines are read
//! by [`new_order`](super::request::new_order): which amounts they may have depends on the currency, and which members they must
//! have on the others. The tests below hold the two together.

use tropa_dispatch::domain::{Address, GeoPoint};
use utoipa::ToSchema;

use super::request::{latitude, longitude};
use crate::http::{
    amount::{AmountSchema, QuantitySchema, UnitPriceSchema},
    json::{Fields, Request, Text, request},
};

/// An order to be accepted. Only for the OpenAPI document.
#[derive(ToSchema)]
#[schema(as = NewOrder, examples(
    json!({"id": "pedido-teste-01", "price": 100.0, "tax": 10.0}),
    json!({"order_number": "1001", "currency": "EUR", "discount": 5.0, "shipping": 4.9, "tip": 2.0, "tax": 7.15,
        "tax_included": true, "final_price": 46.9, "items": [
            {"product_id": "tea-3", "product_name": "Tea, three for 10", "quantity": 3, "total_price": 10.0},
            {"product_id": "cheese", "product_name": "Cheese", "quantity": 0.5, "unit": "kg", "unit_price": 39.9,
                "total_price": 19.95},
            {"product_id": "pan", "product_name": "Pan", "quantity": 1, "unit_price": 18.05, "discount": 3.0}]})
))]
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
    /// A currency of ISO 4217; `BRL` when left out. Its amounts have no more fraction digits than it has: none in `JPY`,
    /// 2 in `BRL`, 3 in `KWD`.
    #[schema(pattern = "^[A-Z]{3}$", example = "BRL")]
    currency: Option<String>,
    /// Before discount and charges; 0 for what is free. With items it may be left out, and must be their sum when given. An
    /// exact decimal, as a number or a string.
    price: Option<AmountSchema>,
    /// Taken off the whole order; at most price, shipping and fee. 0 when left out, as all that follows.
    discount: Option<AmountSchema>,
    /// For bringing it.
    shipping: Option<AmountSchema>,
    /// For packaging, service, a small order.
    fee: Option<AmountSchema>,
    /// For the driver or the kitchen.
    tip: Option<AmountSchema>,
    /// On top of the price and the charges, unless `tax_included`.
    tax: Option<AmountSchema>,
    /// Whether the tax is contained in price, shipping and fee; it is then at most what these come to when the discount is
    /// taken off.
    #[schema(default = false)]
    tax_included: Option<bool>,
    /// A check: when given it must be price − discount + shipping + fee + tip, + tax unless that is included.
    final_price: Option<AmountSchema>,
    /// What is delivered.
    #[schema(min_items = 1, max_items = 1000)]
    items: Option<Vec<ItemSchema>>,
    /// Where it goes.
    shipping_address: Option<AddressInput>,
    /// Who pays.
    billing_address: Option<AddressInput>,
    /// Where the driver fetches it; left out = the configured default.
    pickup: Option<PointInput>,
    /// Where the driver brings it.
    dropoff: Option<PointInput>,
}

/// One line of an order.
#[derive(ToSchema)]
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
    /// How many, or how much: more than 0, with at most 4 fraction digits, as a number or a string.
    quantity: QuantitySchema,
    /// What the quantity counts; pieces when left out.
    #[schema(min_length = 1, max_length = 16, example = "kg")]
    unit: Option<String>,
    /// Price of one, with at most 4 fraction digits; may be left out when there is a `total_price`, as in three for 10.00.
    unit_price: Option<UnitPriceSchema>,
    /// Taken off this line; 0 when left out.
    discount: Option<AmountSchema>,
    /// What the line costs. With a `unit_price` it must be `quantity` × `unit_price` − `discount`, rounded up or down to what
    /// can be paid.
    total_price: Option<AmountSchema>,
}

request! {
    /// A postal address.
    pub(in crate::http) struct AddressInput {
        /// Street.
        street: String = required Text { min_length = 1, max_length = 256 };
        /// House number.
        number: String = required Text { min_length = 1, max_length = 32 };
        /// Flat, floor, block.
        complement: Option<String> = optional Text { min_length = 1, max_length = 128 };
        /// City.
        city: String = required Text { min_length = 1, max_length = 128 };
        /// State or province.
        state: String = required Text { min_length = 1, max_length = 128 };
        /// Postal code.
        zip_code: String = required Text { min_length = 1, max_length = 32 };
        /// Country.
        country: String = required Text { min_length = 1, max_length = 128 };
    }
}

impl AddressInput {
    /// The address that was read.
    pub fn address(f: &mut Fields) -> Option<Address> {
        let Self { street, number, complement, city, state, zip_code, country } = Self::fields(f)?;
        Some(Address { street, number, complement, city, state, zip_code, country })
    }
}

request! {
    /// A point, WGS 84.
    pub(in crate::http) struct PointInput {
        /// Degrees north.
        #[schema(minimum = -90, maximum = 90, example = -23.5505)]
        lat: f64 = required latitude;
        /// Degrees east.
        #[schema(minimum = -180, maximum = 180, example = -46.6333)]
        lng: f64 = required longitude;
    }
}

impl PointInput {
    /// The point that was read.
    pub fn point(f: &mut Fields) -> Option<GeoPoint> {
        let Self { lat, lng } = Self::fields(f)?;
        GeoPoint::new(lat, lng).ok()
    }
}

#[cfg(test)]
mod tests;
