//! Exact money: whole minor units, never a float.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An amount in minor units (centavos, cents): an exact decimal with at most two fraction digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not a decimal number.
    #[error("must be a decimal number")]
    NotANumber,
    /// More than two fraction digits that are not zero.
    #[error("must have at most 2 fraction digits")]
    TooPrecise,
    /// Beyond what an order may cost.
    #[error("must be between -{max} and {max}", max = Money::MAX)]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount: 1,000,000,000,000.00. Sums of a thousand of them still fit an `i64`.
    pub const MAX: Self = Self(100_000_000_000_000);

    /// An amount of `minor` hundredths, within ± [`Money::MAX`].
    pub fn from_minor(minor: i64) -> Result<Self, MoneyError> {
        if minor.abs() <= Self::MAX.0 { Ok(Self(minor)) } else { Err(MoneyError::TooLarge) }
    }

    /// The amount in hundredths.
    pub fn minor(self) -> i64 {
        self.0
    }

    /// `self + other`, or [`MoneyError::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Self::from_minor(self.0.checked_add(other.0).ok_or(MoneyError::TooLarge)?)
    }

    /// `self × quantity`, or [`MoneyError::TooLarge`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        Self::from_minor(self.0.checked_mul(i64::from(quantity)).ok_or(MoneyError::TooLarge)?)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `100`, `100.0`, `99.90` or `1e2`. Exact: `0.001` is refused, not rounded.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        if !text.bytes().all(|b| b.is_ascii_digit() || b".-+eE".contains(&b)) {
            return Err(MoneyError::NotANumber);
        }
        let decimal = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text)
        } else {
            Decimal::from_str_exact(text)
        };
        // What no decimal can hold is a number all the same: say on which side it fails.
        let decimal = decimal.map_err(|_| match text.parse::<f64>() {
            Ok(f) if f.abs() > 1e15 => MoneyError::TooLarge,
            Ok(_) => MoneyError::TooPrecise,
            Err(_) => MoneyError::NotANumber,
        })?;
        let minor = decimal.checked_mul(Decimal::ONE_HUNDRED).ok_or(MoneyError::TooLarge)?;
        if !minor.fract().is_zero() {
            return Err(MoneyError::TooPrecise);
        }
        Self::from_minor(minor.to_i64().ok_or(MoneyError::TooLarge)?)
    }
}

impl fmt::Display for Money {
    /// Always two fraction digits: `110.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}

impl Serialize for Money {
    /// A string with two fraction digits: exact in every reader. The API writes a number; see its own view.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Not three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be three capital letters, as in ISO 4217")]
pub struct CurrencyError;

impl Currency {
    /// Brazilian real, the default.
    pub const BRL: Self = Self(*b"BRL");

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(CurrencyError) }
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_exactly_or_refuses() {
        for (text, minor) in [
            ("100.0", 10_000),
            ("100", 10_000),
            ("0.1", 10),
            ("99.90", 9_990),
            ("1e2", 10_000),
            ("-1", -100),
            ("1.000", 100),
        ] {
            assert_eq!(text.parse::<Money>().map(Money::minor), Ok(minor), "{text}");
        }
        for (text, error) in [
            ("abc", MoneyError::NotANumber),
            ("NaN", MoneyError::NotANumber),
            ("", MoneyError::NotANumber),
            ("1_000", MoneyError::NotANumber),
            ("0.001", MoneyError::TooPrecise),
            ("1e-3", MoneyError::TooPrecise),
            ("1e-400", MoneyError::TooPrecise),
            ("1e30", MoneyError::TooLarge),
            ("1e999999999", MoneyError::TooLarge),
            ("1000000000000.01", MoneyError::TooLarge),
            ("99999999999999999999999999999999999999999", MoneyError::TooLarge),
        ] {
            assert_eq!(text.parse::<Money>(), Err(error), "{text}");
        }
    }

    #[test]
    fn json_keeps_the_text() {
        let money: Money = "110.1".parse().unwrap();
        assert_eq!(serde_json::to_string(&money).unwrap(), "\"110.10\"");
        assert_eq!(serde_json::from_str::<Money>("\"110.10\"").unwrap(), money);
        assert!(
            serde_json::from_str::<Money>("110.10").is_err(),
            "a number would have been a float on the way"
        );
    }

    proptest! {
        #[test]
        fn text_round_trips(minor in -Money::MAX.0..=Money::MAX.0) {
            let money = Money::from_minor(minor).unwrap();
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        }
    }
}
