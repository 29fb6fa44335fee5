//! Who may do what an operator does.

mod token;

pub use token::{AdminToken, bearer};

use super::{
    Secret,
    form::text,
    sources::{Setting, Sources, setting},
};

const ADMIN: Setting = setting(
    "admin.token",
    "TROPA_ADMIN_TOKEN",
    "what admin requests must show as a bearer token, and whoever signs in to the console with all rights; unset = they are taken from this machine only, in production not at all",
);
const OPERATOR: Setting = setting(
    "admin.operator_token",
    "TROPA_OPERATOR_TOKEN",
    "a token for who heals and does not hurt: restarts actors, drains instances, replays dead letters; needs TROPA_ADMIN_TOKEN",
);
const VIEWER: Setting = setting(
    "admin.viewer_token",
    "TROPA_VIEWER_TOKEN",
    "a token for who only looks: the console and the audit, and no change; needs TROPA_ADMIN_TOKEN",
);

/// Who may stop actors, replay dead letters, call the fleet service, and look.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// What a request must show; without one only requests from this machine are let through, in production none.
    pub token: Option<Secret>,
    /// What shows somebody who may heal, and not hurt.
    pub operator_token: Option<Secret>,
    /// What shows somebody who may only look.
    pub viewer_token: Option<Secret>,
}

impl AdminConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let length = text(8..=1024);
        let token = from.secret(ADMIN, &length);
        let operator_token = from.secret(OPERATOR, &length);
        let viewer_token = from.secret(VIEWER, &length);
        // One text cannot stand for two roles, and without the first nothing is protected that these would open.
        for (setting, given, other) in
            [(OPERATOR, &operator_token, &None), (VIEWER, &viewer_token, &operator_token)]
        {
            let Some(given) = given else { continue };
            if token.is_none() {
                from.refuse(setting, "needs TROPA_ADMIN_TOKEN beside it");
            } else if token.iter().chain(other).any(|other| other == given) {
                from.refuse(setting, "must differ from the tokens of the other roles");
            }
        }
        Self { token, operator_token, viewer_token }
    }
}
