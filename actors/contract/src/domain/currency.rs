//! Currencies, and how finely each can be paid.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Money, MoneyError};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text is no currency that an order is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CurrencyError {
    /// No code at all.
    #[error("must be a currency of ISO 4217, three capital letters such as BRL, JPY or KWD")]
    NoCode,
    /// One of ISO 4217, not as it is written there.
    #[error("must be in capital letters: {}", .0.as_str())]
    Lowercase(Currency),
    /// A code that ISO 4217 does not have.
    #[error("must be a currency of ISO 4217, such as BRL, JPY or KWD, and {} is none", .0.as_str())]
    Unknown(Currency),
    /// One of what nobody pays with: gold, tests, no currency.
    #[error("must be a currency that is paid with, and {} stands for {:?} in ISO 4217", .0.as_str(), .0.name())]
    NotPaid(Currency),
    /// One that nobody pays with any more.
    #[error("must be a currency that is paid with: {} was withdrawn, and {} is in its place", .0.as_str(), .1)]
    Withdrawn(Currency, &'static str),
}

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
        let digits = self.listed()?.exponent()?;
        u8::try_from(digits).ok().filter(|digits| *digits <= Money::DIGITS)
    }

    fn checked(self) -> Result<Self, CurrencyError> {
        if let Some(successor) = self.successor() {
            return Err(CurrencyError::Withdrawn(self, successor));
        }
        match (self.known(), self.listed()) {
            (Some(_), _) => Ok(self),
            (None, Some(_)) => Err(CurrencyError::NotPaid(self)),
            (None, None) => Err(CurrencyError::Unknown(self)),
        }
    }

    fn listed(self) -> Option<iso_currency::Currency> {
        iso_currency::Currency::from_code(self.as_str())
    }

    /// What is paid with in its stead, since it was withdrawn: in ISO 4217's table A.3, and in shops' exports. The list that is
    /// looked up has only the last years' in it, and takes the bolívar's two codes for an old and a new one, which both are in use.
    fn successor(self) -> Option<&'static str> {
        Some(match self.as_str() {
            "ATS" | "BEF" | "CYP" | "DEM" | "EEK" | "ESP" | "FIM" | "FRF" | "GRD" | "IEP" | "ITL" | "LTL"
            | "LUF" | "LVL" | "MTL" | "NLG" | "PTE" | "SIT" | "SKK" | "XEU" => "EUR",
            "ANG" => "XCG",
            "BYR" => "BYN",
            "GHC" => "GHS",
            "MRO" => "MRU",
            "MXP" => "MXN",
            "ROL" => "RON",
            "STD" => "STN",
            "TRL" => "TRY",
            "VEB" | "VEF" => "VES",
            "ZMK" => "ZMW",
            "VES" => return None,
            _ => self.listed()?.is_superseded()?.code(),
        })
    }

    fn name(self) -> String {
        self.listed().map(|listed| listed.name().to_owned()).unwrap_or_default()
    }
}

/// As a caller writes it: a currency that exists.
impl FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let Ok(currency) = Self::try_from(text.to_owned()) else {
            let capital = Self::try_from(text.to_ascii_uppercase())?;
            return Err(capital.checked().map_or_else(|reason| reason, CurrencyError::Lowercase));
        };
        currency.checked()
    }
}

/// As it is stored, by whatever version: three capital letters.
impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError::NoCode)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(CurrencyError::NoCode) }
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
            [("BRL", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("EUR", 2), ("XCG", 2), ("ZWG", 2), ("VES", 2)]
        {
            assert_eq!(code.parse::<Currency>().map(Currency::digits), Ok(digits), "{code}");
        }
        for (wrong, why) in [
            ("R$", "must be a currency of ISO 4217, three capital letters such as BRL, JPY or KWD"),
            ("", "must be a currency of ISO 4217, three capital letters such as BRL, JPY or KWD"),
            ("BRLX", "must be a currency of ISO 4217, three capital letters such as BRL, JPY or KWD"),
            ("brl", "must be in capital letters: BRL"),
            ("Jpy", "must be in capital letters: JPY"),
            ("ZZZ", "must be a currency of ISO 4217, such as BRL, JPY or KWD, and ZZZ is none"),
            ("zzz", "must be a currency of ISO 4217, such as BRL, JPY or KWD, and ZZZ is none"),
            ("HRK", "must be a currency that is paid with: HRK was withdrawn, and EUR is in its place"),
            ("DEM", "must be a currency that is paid with: DEM was withdrawn, and EUR is in its place"),
            ("bgn", "must be a currency that is paid with: BGN was withdrawn, and EUR is in its place"),
            ("VEF", "must be a currency that is paid with: VEF was withdrawn, and VES is in its place"),
            ("XXX", "must be a currency that is paid with, and XXX stands for \"No currency\" in ISO 4217"),
            (
                "XTS",
                "must be a currency that is paid with, and XTS stands for \"Code reserved for testing\" in ISO 4217",
            ),
            (
                "XAU",
                "must be a currency that is paid with, and XAU stands for \"Gold (one troy ounce)\" in ISO 4217",
            ),
        ] {
            assert_eq!(wrong.parse::<Currency>().unwrap_err().to_string(), why, "{wrong}");
        }
        for (code, digits) in [("ZZZ", 2), ("HRK", 2)] {
            let old: Currency = serde_json::from_str(&format!("{code:?}")).unwrap();
            assert_eq!((old.as_str(), old.digits()), (code, digits));
        }
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
