//! Identifiers that callers choose: they travel in paths, keys and logs, so their alphabet is narrow.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must be at most {max} characters, got {got}")]
    TooLong {
        /// Characters allowed.
        max: usize,
        /// Characters given.
        got: usize,
    },
    /// A character that would need escaping somewhere on the way.
    #[error("must consist of letters, digits, '-', '_', '.', ':' and '~', got {0:?}")]
    Character(char),
}

/// Most characters an identifier may have.
pub const MAX_LENGTH: usize = 128;

fn check(text: &str) -> Result<(), IdentifierError> {
    if text.is_empty() {
        return Err(IdentifierError::Empty);
    }
    let got = text.chars().count();
    if got > MAX_LENGTH {
        return Err(IdentifierError::TooLong { max: MAX_LENGTH, got });
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.:~".contains(*c))) {
        Some(c) => Err(IdentifierError::Character(c)),
        // A path of dots is eaten by URL normalisation before it reaches a server.
        None if text.chars().all(|c| c == '.') => Err(IdentifierError::Character('.')),
        None => Ok(()),
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                check(text).map(|()| Self(text.into()))
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, IdentifierError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    };
}

identifier!(
    /// An order's identifier: 1 to 128 characters of `[A-Za-z0-9._:~-]`, given by the caller or a fresh `UUIDv7`.
    OrderId
);
identifier!(
    /// A number people use for an order; unique when given. Same alphabet as [`OrderId`].
    OrderNumber
);
identifier!(
    /// A driver's identifier. Same alphabet as [`OrderId`].
    DriverId
);
identifier!(
    /// Proof of a driver's claim: whoever releases the driver must show it.
    ClaimToken
);

impl OrderId {
    /// A fresh, time-ordered identifier (`UUIDv7`).
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().to_string().into())
    }
}

impl ClaimToken {
    /// A fresh token (`UUIDv7`).
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().simple().to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_narrow_alphabet_passes() {
        for good in ["pedido-teste-01", "a", "A.b_c:d~e", &"x".repeat(128)] {
            assert_eq!(good.parse::<OrderId>().unwrap().as_str(), good);
        }
        assert_eq!("".parse::<OrderId>(), Err(IdentifierError::Empty));
        assert_eq!("x".repeat(300).parse::<OrderId>(), Err(IdentifierError::TooLong { max: 128, got: 300 }));
        for bad in ["a/b", "a%2f", "a?b", "a b", "a\0b", "ação", ".."] {
            assert!(matches!(bad.parse::<OrderId>(), Err(IdentifierError::Character(_))), "{bad:?}");
        }
    }
}
