//! What no log line shows, whoever logged it.

/// Stands where a value stood.
pub(super) const HIDDEN: &str = "[hidden]";

/// Parts of field names whose values are secrets, or what customers sent.
const NEVER: [&str; 8] =
    ["password", "secret", "authorization", "cookie", "api_key", "admin_token", "payload", "body"];

/// Whether the values of this field stay out of the log.
pub(super) fn hides(field: &str) -> bool {
    NEVER.iter().any(|part| field.contains(part))
}
