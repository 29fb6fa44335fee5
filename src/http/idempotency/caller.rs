//! Who calls, as far as an `Idempotency-Key` is concerned: a name that outlives the credential of the moment.
//!
//! Nothing here is verified, and nothing is granted by it. A made-up name reaches the keys of that name, which is what any
//! key's text does among callers without a name.

use actix_web::http::header::{self, HeaderMap, HeaderName};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Who tells nothing of themselves that stays. Their keys are shared: a key is told apart by its own text.
const ANONYMOUS: &str = "anonymous";

/// Who calls.
#[derive(Debug, PartialEq)]
pub(super) struct Caller {
    /// Stays the same when a credential is renewed.
    pub name: String,
    /// The name that the version before gave them, a digest of the credential itself.
    pub former: Option<String>,
}

/// What a JWT says of whom it was given to.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: String,
    sub: String,
}

impl Caller {
    /// By the header in which a proxy says it, if there is one; else by the subject of a JWT or the user of `Basic`.
    pub fn of(headers: &HeaderMap, told_in: Option<&HeaderName>) -> Self {
        let told = told_in.and_then(|name| headers.get(name)).map(|value| value.as_bytes().to_vec());
        let credentials = headers.get(header::AUTHORIZATION);
        let told = told.filter(|name| !name.is_empty()).map(|name| named("told", &[&name]));
        let name =
            told.or_else(|| subject(credentials?.to_str().ok()?)).unwrap_or_else(|| ANONYMOUS.to_owned());
        let former = credentials.map(|credentials| digest(&[credentials.as_bytes()]));
        Self { name, former }
    }
}

fn subject(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = BASE64_STANDARD.decode(credentials).ok()?;
        let user = decoded.split(|byte| *byte == b':').next()?;
        return Some(named("user", &[user]));
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let [_, payload, _] = *credentials.split('.').collect::<Vec<_>>() else { return None };
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let Claims { iss, sub } = serde_json::from_slice(&payload).ok()?;
    Some(named("subject", &[iss.as_bytes(), sub.as_bytes()]))
}

/// A digest, so that neither credentials nor people are stored.
fn named(kind: &str, parts: &[&[u8]]) -> String {
    format!("{kind}:{}", digest(parts))
}

fn digest(parts: &[&[u8]]) -> String {
    let mut sum = Sha256::new();
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            sum.update([0]);
        }
        sum.update(part);
    }
    let half = sum.finalize().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    format!("{half:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(authorization: &str) -> Caller {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        Caller::of(&headers, None)
    }

    fn name(authorization: &str) -> String {
        of(authorization).name
    }

    fn jwt(claims: &Value, signature: &str) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        format!("Bearer {}.{}.{signature}", part(&json!({ "alg": "ES256" })), part(claims))
    }

    #[test]
    fn a_renewed_token_is_the_same_callers() {
        let ana = name(&jwt(&json!({ "iss": "https://id", "sub": "ana", "exp": 1 }), "one"));
        assert_eq!(name(&jwt(&json!({ "iss": "https://id", "sub": "ana", "exp": 2 }), "two")), ana);
        for other in
            [json!({ "iss": "https://id", "sub": "bia" }), json!({ "iss": "https://x", "sub": "ana" })]
        {
            assert_ne!(name(&jwt(&other, "one")), ana);
        }
        assert!(!ana.contains("ana"), "{ana}");
        assert_ne!(
            name(&jwt(&json!({ "iss": "a", "sub": "b" }), "")),
            name(&jwt(&json!({ "iss": "", "sub": "ab" }), ""))
        );
    }

    #[test]
    fn a_changed_password_is_the_same_users() {
        let basic = |pair: &str| name(&format!("Basic {}", BASE64_STANDARD.encode(pair)));
        assert_eq!(basic("ana:1"), basic("ana:2"));
        assert_ne!(basic("ana:1"), basic("bia:1"));
    }

    #[test]
    fn a_token_that_names_nobody_divides_nobody() {
        let nameless = [
            "Bearer opaque-1",
            "Bearer opaque-2",
            "Bearer a.b.c",
            &jwt(&json!({ "sub": 7 }), "x"),
            &jwt(&json!({ "aud": "tropa" }), "x"),
            "Digest ana",
            "nonsense",
        ];
        for authorization in nameless {
            assert_eq!(name(authorization), ANONYMOUS, "{authorization}");
        }
        assert_eq!(Caller::of(&HeaderMap::new(), None), Caller { name: ANONYMOUS.into(), former: None });
    }

    #[test]
    fn a_proxy_may_say_who_it_is() {
        let told_in = HeaderName::from_static("x-caller");
        let told = |who: &str, authorization: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(told_in.clone(), who.parse().unwrap());
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
            Caller::of(&headers, Some(&told_in)).name
        };
        assert_eq!(told("ana", "Bearer 1"), told("ana", "Bearer 2"));
        assert_ne!(told("ana", "Bearer 1"), told("bia", "Bearer 1"));
        assert_eq!(told("", "Bearer 1"), ANONYMOUS);
    }

    #[test]
    fn what_the_version_before_stored_is_still_known() {
        // As it made it, byte for byte: SHA-256 of the header's value, the first half.
        assert_eq!(of("Bearer secret").former.unwrap(), "bffde20413347b7a00e1363de3f97ca6");
    }
}
