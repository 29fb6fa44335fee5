//! Money and quantities as the API writes them: JSON numbers, exact, from their text.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;
use tropa_dispatch::domain::{Currency, Money, Quantity};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// An amount in an answer, with as many fraction digits as its currency has, or more where there are more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount(pub Money, pub Currency);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        number(self.0.to_text(self.1.digits()), serializer)
    }
}

/// A quantity in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measure(pub Quantity);

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        number(self.0.to_string(), serializer)
    }
}

fn number<S: Serializer>(text: String, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer)
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .format(Some(SchemaFormat::Custom("decimal".into())))
            .description(Some("An exact decimal with the currency's fraction digits."))
            .examples([serde_json::json!(110.0)])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

impl PartialSchema for Measure {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .format(Some(SchemaFormat::Custom("decimal".into())))
            .description(Some("An exact decimal."))
            .examples([serde_json::json!(0.5)])
            .into()
    }
}

impl ToSchema for Measure {
    fn name() -> Cow<'static, str> {
        "Quantity".into()
    }
}

/// Exact decimals in a request, as a number or a string. Only for the OpenAPI document.
macro_rules! decimals {
    ($($(#[$doc:meta])* $schema:ident = $name:literal, $max:literal, $digits:literal, $text:literal, $example:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $schema;

        impl PartialSchema for $schema {
            fn schema() -> RefOr<Schema> {
                let number =
                    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some($max));
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some($digits));
                OneOfBuilder::new()
                    .item(number)
                    .item(text)
                    .description(Some($text))
                    .examples([serde_json::json!($example)])
                    .into()
            }
        }

        impl ToSchema for $schema {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )*};
}

decimals! {
    /// An amount.
    AmountSchema = "AmountInput", 1_000_000_000_000_i64, "^[0-9]{1,12}([.][0-9]{1,4})?$",
        "An exact decimal, as a number or a string, with at most as many fraction digits as its currency has: 2 in BRL.", 100.0;
    /// What one costs.
    UnitPriceSchema = "UnitPriceInput", 1_000_000_000_000_i64, "^[0-9]{1,12}([.][0-9]{1,4})?$",
        "An exact decimal with at most 4 fraction digits, as a number or a string.", 5.899;
    /// How much.
    QuantitySchema = "QuantityInput", 1_000_000, "^[0-9]{1,7}([.][0-9]{1,4})?$",
        "An exact decimal, more than 0, with at most 4 fraction digits, as a number or a string.", 0.5;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_an_exact_number() {
        for (text, code, json) in [
            ("0.1", "BRL", "0.10"),
            ("999999999999.99", "BRL", "999999999999.99"),
            ("100", "BRL", "100.00"),
            ("100", "JPY", "100"),
            ("1.2", "KWD", "1.200"),
            // As an earlier version took it.
            ("100.5", "JPY", "100.5"),
        ] {
            let amount = Amount(text.parse().unwrap(), code.parse().unwrap());
            assert_eq!(serde_json::to_string(&amount).unwrap(), json);
        }
    }
}
