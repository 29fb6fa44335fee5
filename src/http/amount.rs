//! Money as the API writes it: a JSON number with two fraction digits, exact, from its text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;
use tropa_dispatch::domain::Money;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// An amount in an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount(pub Money);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .format(Some(SchemaFormat::Custom("decimal".into())))
            .description(Some("An exact decimal with two fraction digits."))
            .examples([serde_json::json!(110.0)])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

/// An amount in a request. Only for the OpenAPI document.
#[derive(Deserialize)]
pub(super) struct AmountSchema;

impl PartialSchema for AmountSchema {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0))
            .maximum(Some(1_000_000_000_000_i64))
            .multiple_of(Some(0.01));
        let text =
            ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{1,12}([.][0-9]{1,2})?$"));
        OneOfBuilder::new()
            .item(number)
            .item(text)
            .description(Some("An exact decimal with at most 2 fraction digits, as a number or a string."))
            .examples([serde_json::json!(100.0)])
            .into()
    }
}

impl ToSchema for AmountSchema {
    fn name() -> Cow<'static, str> {
        "AmountInput".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_an_exact_number() {
        for (text, json) in [("0.1", "0.10"), ("999999999999.99", "999999999999.99"), ("100", "100.00")] {
            assert_eq!(serde_json::to_string(&Amount(text.parse().unwrap())).unwrap(), json);
        }
    }
}
