//! Who may do what an operator does.

mod token;

pub use token::{AdminToken, bearer};

use super::{
    Secret,
    form::text,
    sources::{Sources, setting},
};

/// Who may stop actors, replay dead letters and call the fleet service.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// What a request must show; without one only requests from this machine are let through, in production none.
    pub token: Option<Secret>,
}

impl AdminConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let token = setting(
            "admin.token",
            "TROPA_ADMIN_TOKEN",
            "what admin requests must show as a bearer token; unset = they are taken from this machine only, in production not at all",
        );
        Self { token: from.secret(token, &text(8..=1024)) }
    }
}
