//! Money as the API writes it: a JSON number with two fraction digits, exact, from its text.

use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;
use tropa_dispatch::domain::Money;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
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

impl ToSchema for Amount {}

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
