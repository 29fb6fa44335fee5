//! Query parameters, read like fields: every mistake is named, unknown names are refused.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use actix_web::{HttpRequest, web};

use super::problem::{Answer, FieldError, Problem};

/// Characters of a parameter.
const MOST: usize = 128;

/// The parameters nobody has read yet, and the mistakes found so far.
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Parameters {
    /// Of a request.
    pub fn of(request: &HttpRequest) -> Self {
        match web::Query::<Vec<(String, String)>>::from_query(request.query_string()) {
            Ok(pairs) => Self { pairs: pairs.into_inner(), errors: Vec::new() },
            Err(error) => Self {
                pairs: Vec::new(),
                errors: vec![FieldError { field: String::new(), detail: error.to_string() }],
            },
        }
    }

    /// A parameter that may be missing.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.text(name)?;
        value.parse().map_err(|e: T::Err| self.fail(name, e)).ok()
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.text(name)?;
        value.parse().map_err(|_| self.fail(name, format!("must be true or false, got {value:?}"))).ok()
    }

    /// A whole number within a range.
    pub fn number(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.text(name)?;
        match value.parse() {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                self.fail(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
                None
            }
        }
    }

    /// A text of at most 128 characters, none of them a control character.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let mut given = self.pairs.extract_if(.., |(n, _)| n == name).map(|(_, value)| value);
        let (first, second) = (given.next()?, given.next());
        drop(given);
        if second.is_some() {
            self.fail(name, "is given more than once");
            return None;
        }
        match wrong(&first) {
            None => Some(first),
            Some(detail) => {
                self.fail(name, detail);
                None
            }
        }
    }

    /// Notes a mistake.
    pub fn fail(&mut self, name: &str, detail: impl Display) {
        self.errors.push(FieldError { field: name.to_owned(), detail: detail.to_string() });
    }

    /// Refuses what was wrong or was not read.
    pub fn finish(mut self) -> Answer<()> {
        for (name, _) in std::mem::take(&mut self.pairs).into_iter().take(20) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            self.fail(&shown, "is not a parameter of this request");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }
}

fn wrong(text: &str) -> Option<String> {
    let count = text.chars().count();
    match count {
        0 => Some("must not be empty: give it a value, or leave it out".to_owned()),
        1..=MOST if text.chars().any(char::is_control) => {
            Some("must not contain control characters".to_owned())
        }
        1..=MOST => None,
        _ => Some(format!("must have at most {MOST} characters, got {count}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn mistakes_are_named_together() {
        let request = TestRequest::with_uri("/?limit=0&status=X&a=1&b=1&b=2&c=%00").to_http_request();
        let mut parameters = Parameters::of(&request);
        assert_eq!(parameters.number("limit", 1..=100), None);
        assert_eq!(parameters.optional::<tropa_dispatch::domain::Status>("status"), None);
        assert_eq!(parameters.text("b"), None);
        assert_eq!(parameters.text("c"), None);
        let errors = parameters.finish().unwrap_err().errors;
        let names: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["limit", "status", "b", "c", "a"]);
    }

    #[test]
    fn each_mistake_is_told_by_its_cause() {
        let long = "x".repeat(129);
        for (value, detail) in [
            ("", "must not be empty: give it a value, or leave it out"),
            ("%00", "must not contain control characters"),
            (&long, "must have at most 128 characters, got 129"),
            ("maybe", "must be true or false, got \"maybe\""),
        ] {
            let request = TestRequest::with_uri(&format!("/?flag={value}")).to_http_request();
            let mut parameters = Parameters::of(&request);
            assert_eq!(parameters.flag("flag"), None);
            assert_eq!(parameters.finish().unwrap_err().errors[0].detail, detail, "{value}");
        }
    }

    #[test]
    fn what_is_right_is_read() {
        let request = TestRequest::with_uri("/?limit=5&status=PENDING&x=S%C3%A3o%20Paulo").to_http_request();
        let mut parameters = Parameters::of(&request);
        assert_eq!(parameters.number("limit", 1..=100), Some(5));
        assert!(parameters.optional::<tropa_dispatch::domain::Status>("status").is_some());
        assert_eq!(parameters.text("x").as_deref(), Some("São Paulo"));
        assert_eq!(parameters.text("y"), None);
        assert!(parameters.finish().is_ok());
    }
}
