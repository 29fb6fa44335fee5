//! What a server says when it refuses.

use std::fmt;

use serde::Deserialize;

/// A problem document (RFC 9457), as far as people read it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    status: u16,
    title: String,
    detail: String,
    trace_id: String,
    errors: Vec<Field>,
}

#[derive(Clone, Debug, Deserialize)]
struct Field {
    field: String,
    detail: String,
}

impl Problem {
    /// Of an answer; what is no problem document is shown as it is, but not a whole page of it.
    pub fn of(status: http::StatusCode, body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_| Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("refused").to_owned(),
            detail: String::from_utf8_lossy(body).chars().take(200).collect(),
            ..Self::default()
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.status)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        for Field { field, detail } in &self.errors {
            let field = if field.is_empty() { "body" } else { field };
            write!(f, "\n  {field}: {detail}")?;
        }
        if !self.trace_id.is_empty() {
            write!(f, "\n  trace_id: {}", self.trace_id)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn every_field_is_shown() {
        let body = br#"{"type":"/problems/invalid-request","title":"Invalid request","status":422,"detail":"2 wrong: price, tax",
            "instance":"/api/v1/orders","trace_id":"4bf9","errors":[{"field":"price","detail":"must be above 0"},{"field":"","detail":"odd"}]}"#;
        let shown = Problem::of(StatusCode::UNPROCESSABLE_ENTITY, body).to_string();
        let expected = "Invalid request (422): 2 wrong: price, tax\n  price: must be above 0\n  body: odd\n  trace_id: 4bf9";
        assert_eq!(shown, expected);
    }

    #[test]
    fn another_server_is_quoted() {
        let shown = Problem::of(StatusCode::BAD_GATEWAY, b"<html>nginx</html>").to_string();
        assert_eq!(shown, "Bad Gateway (502): <html>nginx</html>");
    }
}
