//! Currencies, and how finely each can be paid.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Money, MoneyError};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Not a code of ISO 4217, or one of what nobody pays with: gold, tests, no currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a currency of ISO 4217, three capital letters such as BRL, JPY or KWD")]
pub struct CurrencyError;

impl Currency {
    /// Brazilian real, the default.
    pub const BRL: Self = Self(*b"BRL");

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits behind the point of its smallest unit: none of a yen, 2 of a real, 3 of a Kuwaiti dinar. Orders of before
    /// codes were looked up may name a currency that does not exist; it has 2, as it had then.
    pub fn digits(self) -> u8 {
        self.known().unwrap_or(2)
    }

    /// An amount that can be paid in it.
    pub fn pays(self, amount: Money) -> Result<Money, MoneyError> {
        amount.within(self.digits())
    }

    fn known(self) -> Option<u8> {
        let digits = iso_currency::Currency::from_code(self.as_str())?.exponent()?;
        u8::try_from(digits).ok().filter(|digits| *digits <= Money::DIGITS)
    }
}

/// As a caller writes it: a currency that exists.
impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let currency = Self::try_from(text.to_owned())?;
        currency.known().map(|_| currency).ok_or(CurrencyError)
    }
}

/// As it is stored, by whatever version: three capital letters.
impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(CurrencyError) }
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

    #[test]
    fn only_what_exists_is_taken_and_what_was_stored_is_read() {
        for (code, digits) in
            [("BRL", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("EUR", 2), ("XCG", 2), ("ZWG", 2)]
        {
            assert_eq!(code.parse::<Currency>().map(Currency::digits), Ok(digits), "{code}");
        }
        for wrong in ["ZZZ", "XXX", "XTS", "XAU", "brl", "R$", "", "BRLX"] {
            assert_eq!(wrong.parse::<Currency>(), Err(CurrencyError), "{wrong}");
        }
        let old: Currency = serde_json::from_str("\"ZZZ\"").unwrap();
        assert_eq!((old.as_str(), old.digits()), ("ZZZ", 2));
    }

    #[test]
    fn an_amount_is_one_that_can_be_paid() {
        let pays = |amount: &str, code: &str| {
            let paid = code.parse::<Currency>().unwrap().pays(amount.parse().unwrap());
            paid.map(|m| m.to_string()).map_err(|e| e.to_string())
        };
        assert_eq!(pays("500", "JPY").unwrap(), "500.00");
        assert_eq!(pays("500.5", "JPY").unwrap_err(), "must have no fraction digits");
        assert_eq!(pays("1.234", "KWD").unwrap(), "1.234");
        assert_eq!(pays("1.2345", "KWD").unwrap_err(), "must have at most 3 fraction digits");
        assert_eq!(pays("0.001", "BRL").unwrap_err(), "must have at most 2 fraction digits");
    }
}
