//! What makes a session one of ours: it is signed, and stored nowhere.
//!
//! The key comes from the tokens, so every instance with the same tokens takes it, and a token that is changed ends all of
//! them. Whoever has a cookie may try to guess the admin token from its signature, as from any digest: let tokens be random.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;

use super::Rank;
use crate::http::Options;

/// Whoever signs in stays so for this long.
pub(super) const LASTS: time::Duration = time::Duration::hours(12);

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    /// What they may do.
    pub rank: Rank,
    /// Who they say they are, or their role.
    pub subject: String,
    /// Until when.
    pub expires_at: OffsetDateTime,
    /// Tells it from others of the same person.
    nonce: u64,
}

impl Session {
    /// One that begins now.
    pub fn begin(rank: Rank, subject: String, now: OffsetDateTime) -> Self {
        let expires_at = (now + LASTS).replace_nanosecond(0).unwrap_or(now);
        // Guessing it helps nobody: the signature is what counts.
        Self { rank, subject, expires_at, nonce: fastrand::u64(..) }
    }

    fn text(&self) -> String {
        let Self { rank, subject, expires_at, nonce } = self;
        let subject = BASE64.encode(subject);
        format!("{}.{}.{nonce:016x}.{subject}", rank.as_str(), expires_at.unix_timestamp())
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let [rank, expires, nonce, subject] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        Some(Self {
            rank: rank.parse().ok()?,
            subject: String::from_utf8(BASE64.decode(subject).ok()?).ok()?,
            expires_at: OffsetDateTime::from_unix_timestamp(expires.parse().ok()?).ok()?,
            nonce: u64::from_str_radix(nonce, 16).ok()?,
        })
    }
}

/// What signs sessions, and knows its own signature. Signatures are compared in the same time wherever they differ.
pub(super) struct Seal(Hmac<Sha256>);

impl Seal {
    /// Of these tokens; none without any.
    pub fn of(options: &Options) -> Option<Self> {
        let admin = options.admin_token.as_ref()?;
        let mut key = keyed(admin.digest())?;
        key.update(b"tropa session 1");
        for other in [&options.operator_token, &options.viewer_token] {
            key.update(other.as_ref().map_or(&[0; 32], |token| token.digest()));
        }
        keyed(&key.finalize().into_bytes()).map(Self)
    }

    /// The cookie's value.
    pub fn sign(&self, session: &Session) -> String {
        let text = session.text();
        let signature = BASE64.encode(self.with("session", &text).finalize().into_bytes());
        format!("{text}.{signature}")
    }

    /// The session that a cookie stands for, unless it is none of ours or has ended.
    pub fn open(&self, cookie: &str, now: OffsetDateTime) -> Option<Session> {
        let (text, signature) = cookie.rsplit_once('.')?;
        self.with("session", text).verify_slice(&BASE64.decode(signature).ok()?).ok()?;
        Session::read(text).filter(|session| now < session.expires_at)
    }

    /// What the console's page says beside the cookie.
    pub fn csrf(&self, session: &Session) -> String {
        BASE64.encode(self.with("csrf", &session.text()).finalize().into_bytes())
    }

    /// Whether a page has said it.
    pub fn is_csrf(&self, session: &Session, said: &str) -> bool {
        let said = BASE64.decode(said).unwrap_or_default();
        self.with("csrf", &session.text()).verify_slice(&said).is_ok()
    }

    fn with(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(text.as_bytes());
        mac
    }
}

/// Keys may have any length: there always is one.
fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::AdminToken;

    fn seal(admin: &str, viewer: Option<&str>) -> Seal {
        let viewer_token = viewer.map(AdminToken::new);
        let options =
            Options { admin_token: Some(AdminToken::new(admin)), viewer_token, ..Options::default() };
        Seal::of(&options).unwrap()
    }

    fn now() -> OffsetDateTime {
        time::macros::datetime!(2026-11-30 12:00:00.5 UTC)
    }

    #[test]
    fn any_instance_with_the_same_tokens_takes_it() {
        let session = Session::begin(Rank::Operator, "María. X".to_owned(), now());
        let cookie = seal("s3cret", None).sign(&session);
        assert!(cookie.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{cookie}");
        assert_eq!(seal("s3cret", None).open(&cookie, now()), Some(session));
        assert_eq!(seal("other", None).open(&cookie, now()), None);
        assert_eq!(seal("s3cret", Some("v")).open(&cookie, now()), None, "a new token ends all sessions");
        assert!(Seal::of(&Options::default()).is_none());
    }

    #[test]
    fn nobody_makes_more_of_it_than_it_is() {
        let (seal, session) = (seal("s3cret", None), Session::begin(Rank::Viewer, "v".to_owned(), now()));
        let cookie = seal.sign(&session);
        for forged in [
            cookie.replace("viewer", "chaos"),
            cookie.replacen('.', ".9", 1),
            cookie[..cookie.len() - 1].to_owned(),
            cookie.rsplit_once('.').unwrap().0.to_owned(),
            String::new(),
            // The page's word is no cookie, and the cookie's signature not the page's word.
            format!("{}.{}", session.text(), seal.csrf(&session)),
        ] {
            assert_eq!(seal.open(&forged, now()), None, "{forged}");
        }
        assert!(seal.is_csrf(&session, &seal.csrf(&session)));
        let other = Session::begin(Rank::Viewer, "v".to_owned(), now());
        for said in ["", "x", cookie.rsplit_once('.').unwrap().1, &seal.csrf(&other)] {
            assert!(!seal.is_csrf(&session, said), "{said}");
        }
    }

    #[test]
    fn it_ends() {
        let (seal, session) = (seal("s3cret", None), Session::begin(Rank::Viewer, "v".to_owned(), now()));
        let cookie = seal.sign(&session);
        assert!(seal.open(&cookie, session.expires_at - time::Duration::SECOND).is_some());
        assert_eq!(seal.open(&cookie, session.expires_at), None);
        assert_eq!(session.expires_at, time::macros::datetime!(2026-12-01 0:00 UTC));
    }
}
