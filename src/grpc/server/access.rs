//! Who may call: everything but the health service asks for the admin token or a certificate.

use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use super::connection::Caller;
use crate::config::{AdminToken, bearer};

/// What a call must show.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// This, as `authorization: Bearer …`.
    pub token: Option<AdminToken>,
    /// PEM: authorities. A certificate of theirs does as well as the token.
    pub client_ca: Option<Vec<u8>>,
    /// With neither of the two, calls from this machine itself are taken; else none.
    pub local: bool,
}

/// What a call shows.
#[derive(Clone, Copy, Debug, Default)]
struct Shown<'a> {
    authorization: Option<&'a str>,
    certified: bool,
    from_this_machine: bool,
}

impl Access {
    fn check(&self, shown: Shown<'_>) -> Result<(), Status> {
        // TLS has checked who vouches for it.
        if self.client_ca.is_some() && shown.certified {
            return Ok(());
        }
        if let Some(token) = &self.token {
            return match shown.authorization.and_then(bearer) {
                Some(given) if token.is(given) => Ok(()),
                Some(_) => Err(Status::unauthenticated("the token is wrong")),
                None => Err(Status::unauthenticated("the admin token is needed: authorization: Bearer …")),
            };
        }
        if self.client_ca.is_some() {
            return Err(Status::unauthenticated("a client certificate is needed"));
        }
        match (self.local, shown.from_this_machine) {
            (true, true) => Ok(()),
            (true, false) => Err(Status::permission_denied(
                "without an admin token only calls from the server's own machine are taken",
            )),
            (false, _) => Err(Status::permission_denied(
                "in production this needs an admin token or a client certificate: set TROPA_ADMIN_TOKEN",
            )),
        }
    }
}

impl Interceptor for Access {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata();
        let caller = Caller::of(request.extensions());
        let shown = Shown {
            authorization: metadata.get("authorization").and_then(|value| value.to_str().ok()),
            certified: caller.is_some_and(Caller::is_certified),
            from_this_machine: caller.is_some_and(Caller::is_on_this_machine) && !passed_on(metadata),
        };
        self.check(shown)?;
        Ok(request)
    }
}

/// A proxy on this machine makes every call one from this machine.
fn passed_on(metadata: &MetadataMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| metadata.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn code(access: &Access, shown: Shown<'_>) -> Code {
        access.check(shown).map_or_else(|status| status.code(), |()| Code::Ok)
    }

    const HERE: Shown<'static> = Shown { authorization: None, certified: false, from_this_machine: true };

    #[test]
    fn with_a_token_only_the_token_counts() {
        let access = Access { token: Some(AdminToken::new("s3cret")), client_ca: None, local: true };
        let showing = |authorization| Shown { authorization: Some(authorization), ..Shown::default() };
        assert_eq!(code(&access, showing("Bearer s3cret")), Code::Ok);
        for wrong in ["Bearer s3creT", "Basic s3cret", "s3cret", ""] {
            assert_eq!(code(&access, showing(wrong)), Code::Unauthenticated, "{wrong:?}");
        }
        assert_eq!(code(&access, HERE), Code::Unauthenticated);
        assert_eq!(code(&access, Shown { certified: true, ..HERE }), Code::Unauthenticated, "by whom?");
    }

    #[test]
    fn a_certificate_does_as_well() {
        let vouched = Shown { certified: true, ..Shown::default() };
        for token in [None, Some(AdminToken::new("s3cret"))] {
            let access = Access { token, client_ca: Some(Vec::new()), local: true };
            assert_eq!(code(&access, vouched), Code::Ok);
            assert_eq!(
                code(&access, HERE),
                Code::Unauthenticated,
                "who asks for one does not take strangers"
            );
        }
    }

    #[test]
    fn with_neither_development_takes_its_own_machine_and_production_nobody() {
        let development = Access { local: true, ..Access::default() };
        assert_eq!(code(&development, HERE), Code::Ok);
        assert_eq!(code(&development, Shown::default()), Code::PermissionDenied);
        assert_eq!(code(&Access::default(), HERE), Code::PermissionDenied);
    }

    #[test]
    fn what_a_proxy_passes_on_is_not_from_here() {
        let mut metadata = MetadataMap::new();
        assert!(!passed_on(&metadata));
        metadata.insert("x-forwarded-for", "10.0.0.1".parse().unwrap());
        assert!(passed_on(&metadata));
    }
}
