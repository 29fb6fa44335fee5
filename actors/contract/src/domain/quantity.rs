//! How much of something: three pieces, half a kilogram.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::money::ten_thousandths;

/// An exact decimal, more than 0, with at most four fraction digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

/// Not a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a decimal number such as 0.5, more than 0 and at most 1000000, with at most 4 fraction digits"
)]
pub struct QuantityError;

impl Quantity {
    const UNIT: i64 = 10_000;
    const MAX: i64 = 1_000_000 * Self::UNIT;

    /// So many ten-thousandths.
    pub(super) fn parts(self) -> i128 {
        i128::from(self.0)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let parts = ten_thousandths(text).map_err(|_| QuantityError)?;
        if (1..=Self::MAX).contains(&parts) { Ok(Self(parts)) } else { Err(QuantityError) }
    }
}

impl fmt::Display for Quantity {
    /// As short as it can be: `3`, `0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / Self::UNIT, self.0 % Self::UNIT);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:04}").trim_end_matches('0'))
    }
}

impl Serialize for Quantity {
    /// Pieces as the number they always were, what is weighed as a text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % Self::UNIT == 0 {
            serializer.serialize_i64(self.0 / Self::UNIT)
        } else {
            serializer.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity")
            }
            fn visit_u64<E: de::Error>(self, pieces: u64) -> Result<Quantity, E> {
                pieces.to_string().parse().map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stay_numbers_and_weights_are_texts() {
        for (text, json) in
            [("3", "3"), ("3.0", "3"), ("0.5", "\"0.5\""), ("1000000", "1000000"), ("0.0625", "\"0.0625\"")]
        {
            let quantity: Quantity = text.parse().unwrap();
            assert_eq!(serde_json::to_string(&quantity).unwrap(), json);
            assert_eq!(serde_json::from_str::<Quantity>(json).unwrap(), quantity);
        }
        for wrong in ["0", "-1", "1000000.1", "0.00001", "x", "", "1e400"] {
            assert_eq!(wrong.parse::<Quantity>(), Err(QuantityError), "{wrong}");
        }
        assert!(
            serde_json::from_str::<Quantity>("0").is_err()
                && serde_json::from_str::<Quantity>("0.5").is_err()
        );
    }
}
