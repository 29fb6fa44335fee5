//! Paths and queries of requests.

/// Percent-encoded, so that it is one segment of a path, or one value of a query.
pub(super) fn encoded(text: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~:".contains(&b);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A path with those parameters that have a value.
pub(super) fn with_query(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let pairs: Vec<String> = given.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_cannot_hold_is_encoded() {
        assert_eq!(encoded("a/b?c%é d"), "a%2Fb%3Fc%25%C3%A9%20d");
        let query = [("limit", Some("5".to_owned())), ("status", None), ("q", Some("a&b".to_owned()))];
        assert_eq!(with_query("/x", &query), "/x?limit=5&q=a%26b");
        assert_eq!(with_query("/x", &[("a", None)]), "/x");
    }
}
