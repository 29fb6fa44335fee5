//! The admin token, as the edges hold it.

use std::fmt;

use sha2::{Digest, Sha256};

/// The admin token. Only its digest is kept, so it cannot be printed, and comparing it takes the same time
/// wherever two tokens differ.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// From the configured text.
    pub fn new(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// What sessions are signed with: who does not know the token does not know it.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether it is this one. Digests are compared in full: what the time of that tells is of no use.
    pub fn is(&self, given: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(given.as_bytes()).into();
        self.0.iter().zip(given).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// The token in the value of an `Authorization` header, or of the metadata of that name.
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_compared_and_not_shown() {
        let token = AdminToken::new("s3cret");
        assert!(token.is("s3cret"));
        assert!(!token.is("s3creT") && !token.is(""));
        assert!(!format!("{token:?}").contains("s3cret"));
    }

    #[test]
    fn only_a_bearer_has_one() {
        assert_eq!(bearer("bEARER  s3cret "), Some("s3cret"));
        assert_eq!((bearer("Basic s3cret"), bearer("s3cret")), (None, None));
    }
}
