//! Identifiers in paths.

use std::{fmt::Display, str::FromStr};

use actix_web::HttpRequest;

use super::problem::{Answer, Problem};

/// The path's segment of this name. One that cannot be an identifier is a 422, like the same mistake in a body.
pub(super) fn segment<T: FromStr<Err: Display>>(request: &HttpRequest, name: &str) -> Answer<T> {
    raw(request, name).parse().map_err(|e: T::Err| Problem::field(name, e))
}

/// The same, unread. Still percent-encoded are only the characters that would change the path's meaning.
pub(super) fn raw<'r>(request: &'r HttpRequest, name: &str) -> &'r str {
    request.match_info().get(name).unwrap_or_default()
}
