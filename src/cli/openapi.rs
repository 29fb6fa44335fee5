//! `tropa openapi`: the API's description, as a server of this version serves it.

use super::output::say;

/// Prints it.
pub(super) fn run() {
    say(&crate::http::openapi());
}
