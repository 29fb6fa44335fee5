//! A digest that tells whether two requests, or two errors, are the same.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::NewOrder;

/// A SHA-256 digest in lower-case hex, 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a text.
    pub fn of_text(text: &str) -> Self {
        use std::fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// Of a request for an order: equal exactly when the content is, however the JSON was written.
    pub fn of_order(order: &NewOrder) -> Self {
        // Struct fields serialise in declaration order, and amounts as canonical decimals.
        Self::of_text(&serde_json::to_string(order).unwrap_or_default())
    }

    /// Of an error text, so that failures of one kind form one group: digits and quoted values do not count.
    pub fn of_error(error: &str) -> Self {
        let mut quoted = false;
        let shape: String = error
            .chars()
            .filter(|c| {
                if *c == '"' {
                    quoted = !quoted;
                }
                !quoted && !c.is_ascii_digit()
            })
            .collect();
        Self::of_text(&shape)
    }

    /// Reads a stored digest.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The hex text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrderDetails;

    /// What an earlier version stored, and made its fingerprints of: orders that come again after an upgrade are the same.
    #[test]
    fn a_request_of_before_has_the_fingerprint_of_before() {
        let before = r#"{"order_number":"n-a","customer_id":"customer 7","currency":"BRL","price":"100.00","tax":"10.00","items":[{"product_id":"p-1","product_name":"Pão de queijo","quantity":4,"unit_price":"25.00"}],"shipping_address":{"street":"Rua Augusta","number":"1508","complement":"apto 7, \"fundos\"","city":"São Paulo","state":"SP","zip_code":"01304-001","country":"BR"},"pickup":{"lat":-23.55,"lng":-46.63}}"#;
        let details: OrderDetails = serde_json::from_str(before).unwrap();
        let order = NewOrder { id: Some("a".parse().unwrap()), details };
        let digest = "7ddf34212e1a6886c36c2826198ad60c1e360fbc0d498b156c18f0d65dcdf196";
        assert_eq!(Fingerprint::of_order(&order).as_str(), digest);
    }

    #[test]
    fn errors_of_one_kind_share_a_group() {
        let group = |text| Fingerprint::of_error(text);
        assert_eq!(group("order \"a-1\": column 12"), group("order \"b-77\": column 9"));
        assert_ne!(group("order \"a\": expected value"), group("order \"a\": trailing comma"));
        assert_eq!(group("x").as_str().len(), 64);
    }
}
