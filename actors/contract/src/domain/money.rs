//! Exact money: whole ten-thousandths, never a float.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An amount: an exact decimal with at most four fraction digits, as many as the finest currency has. How many an order's
/// amounts may have is its [`Currency`](super::Currency)'s to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not a decimal number.
    #[error("must be a decimal number, such as 12.50")]
    NotANumber,
    /// More than so many fraction digits that are not zero.
    #[error("must have {}", most(*.digits))]
    TooPrecise {
        /// How many there may be.
        digits: u8,
    },
    /// Beyond what an order may cost.
    #[error("must be at most {}", Money::MAX)]
    TooLarge,
}

fn most(digits: u8) -> String {
    match digits {
        0 => "no fraction digits".to_owned(),
        1 => "at most 1 fraction digit".to_owned(),
        digits => format!("at most {digits} fraction digits"),
    }
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount: 1,000,000,000,000.00. The sum of any two still fits an `i64`.
    pub const MAX: Self = Self(1_000_000_000_000 * Self::UNIT);
    /// Fraction digits it can have.
    pub const DIGITS: u8 = 4;
    /// Ten-thousandths in 1.
    const UNIT: i64 = 10_000;

    /// An amount of so many hundredths, within ± [`Money::MAX`].
    pub fn from_hundredths(hundredths: i64) -> Result<Self, MoneyError> {
        Self::of(i128::from(hundredths) * 100)
    }

    /// The amount in hundredths, rounded: for columns that people add up. A third digit is in the order's details.
    pub fn hundredths(self) -> i64 {
        let (half, sign) = (50, self.0.signum());
        sign * ((self.0.abs() + half) / 100)
    }

    /// So many ten-thousandths.
    pub(super) fn of(parts: i128) -> Result<Self, MoneyError> {
        let parts = i64::try_from(parts).map_err(|_| MoneyError::TooLarge)?;
        if parts.abs() <= Self::MAX.0 { Ok(Self(parts)) } else { Err(MoneyError::TooLarge) }
    }

    /// The amount in ten-thousandths.
    pub(super) fn parts(self) -> i128 {
        i128::from(self.0)
    }

    /// Whether it is nothing.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// `self + other`, or [`MoneyError::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Self::of(self.parts() + other.parts())
    }

    /// `self − other`, or [`MoneyError::TooLarge`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        Self::of(self.parts() - other.parts())
    }

    /// Itself, if it needs no more than so many fraction digits.
    pub fn within(self, digits: u8) -> Result<Self, MoneyError> {
        if self.0 % step(digits) == 0 { Ok(self) } else { Err(MoneyError::TooPrecise { digits }) }
    }

    /// With so many fraction digits, or as many more as it needs: `100`, `100.00`, `1.234`.
    pub fn to_text(self, digits: u8) -> String {
        let needed = (0..Self::DIGITS).find(|n| self.0 % step(*n) == 0).unwrap_or(Self::DIGITS);
        let shown = usize::from(needed.max(digits.min(Self::DIGITS)));
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 10_000, self.0.unsigned_abs() % 10_000);
        let fraction = &format!(".{rest:04}")[..if shown == 0 { 0 } else { 1 + shown }];
        format!("{sign}{whole}{fraction}")
    }
}

/// Ten-thousandths in the smallest amount with so many fraction digits.
pub(super) fn step(digits: u8) -> i64 {
    10_i64.pow(u32::from(Money::DIGITS.saturating_sub(digits)))
}

/// A decimal's whole ten-thousandths.
pub(super) fn ten_thousandths(text: &str) -> Result<i64, MoneyError> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b".-+eE".contains(&b)) {
        return Err(MoneyError::NotANumber);
    }
    let decimal = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        Decimal::from_str_exact(text)
    };
    let too_precise = MoneyError::TooPrecise { digits: Money::DIGITS };
    // What no decimal can hold is a number all the same: say on which side it fails.
    let decimal = decimal.map_err(|_| match text.parse::<f64>() {
        Ok(f) if f.abs() > 1e15 => MoneyError::TooLarge,
        Ok(_) => too_precise,
        Err(_) => MoneyError::NotANumber,
    })?;
    let parts = decimal.checked_mul(Decimal::from(Money::UNIT)).ok_or(MoneyError::TooLarge)?;
    if !parts.fract().is_zero() {
        return Err(too_precise);
    }
    parts.to_i64().ok_or(MoneyError::TooLarge)
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `100`, `100.0`, `99.90` or `1e2`. Exact: `0.00001` is refused, not rounded.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::of(i128::from(ten_thousandths(text)?))
    }
}

impl fmt::Display for Money {
    /// Always two fraction digits, and more where there are more: `110.00`, `1.234`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(2))
    }
}

impl Serialize for Money {
    /// A string, as it is displayed: exact in every reader. The API writes a number; see its own view.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_exactly_or_refuses() {
        for (text, parts) in [
            ("100.0", 1_000_000),
            ("100", 1_000_000),
            ("0.1", 1_000),
            ("99.90", 999_000),
            ("1e2", 1_000_000),
            ("-1", -10_000),
            ("1.000", 10_000),
            ("1e-3", 10),
            ("0.0001", 1),
        ] {
            assert_eq!(text.parse::<Money>().map(Money::parts), Ok(parts), "{text}");
        }
        let too_precise = MoneyError::TooPrecise { digits: 4 };
        for (text, error) in [
            ("abc", MoneyError::NotANumber),
            ("NaN", MoneyError::NotANumber),
            ("", MoneyError::NotANumber),
            ("1_000", MoneyError::NotANumber),
            ("0.00001", too_precise),
            ("1e-5", too_precise),
            ("1e-400", too_precise),
            ("1e30", MoneyError::TooLarge),
            ("1e999999999", MoneyError::TooLarge),
            ("1000000000000.01", MoneyError::TooLarge),
            ("99999999999999999999999999999999999999999", MoneyError::TooLarge),
        ] {
            assert_eq!(text.parse::<Money>(), Err(error), "{text}");
        }
    }

    #[test]
    fn is_written_with_the_digits_asked_for_or_needed() {
        for (text, digits, written) in [
            ("100", 0, "100"),
            ("100", 2, "100.00"),
            ("100.5", 0, "100.5"),
            ("1.234", 2, "1.234"),
            ("1.2", 3, "1.200"),
            ("-0.05", 2, "-0.05"),
            ("0.0001", 2, "0.0001"),
            ("0", 4, "0.0000"),
        ] {
            assert_eq!(text.parse::<Money>().unwrap().to_text(digits), written);
        }
    }

    #[test]
    fn columns_hold_rounded_hundredths() {
        for (text, hundredths) in
            [("110.1", 11_010), ("1.234", 123), ("1.235", 124), ("-1.235", -124), ("0", 0)]
        {
            assert_eq!(text.parse::<Money>().unwrap().hundredths(), hundredths, "{text}");
        }
        assert_eq!(Money::from_hundredths(11_010).unwrap().to_string(), "110.10");
        assert_eq!(Money::from_hundredths(i64::MAX), Err(MoneyError::TooLarge));
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
        fn text_round_trips(parts in -Money::MAX.0..=Money::MAX.0) {
            let money = Money::of(i128::from(parts)).unwrap();
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        }
    }
}
