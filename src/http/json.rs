//! Reads JSON by hand, so that one answer names every wrong field, and no amount ever passes through a float.
//!
//! The text is cut into [`RawValue`]s; each field is then read from its own text. Nothing here recurses over the
//! input, so nesting cannot exhaust the stack.

mod lenient;
mod request;
mod value;

use std::fmt;
#[cfg(test)]
use std::{cell::RefCell, collections::BTreeSet};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::problem::{FieldError, Problem};

pub(super) use lenient::{NO_NUMBERS, without_nan};
pub(super) use request::{Request, Text, Whole, request};
pub(super) use value::{amount, decimal, digits, flag, integer, many, parsed, text, timestamp};

/// A request with more mistakes than this is told about these.
const MAX_ERRORS: usize = 100;

/// Decodes one JSON object. Every field `decode` does not take is refused by name.
pub(super) fn read<T>(text: &str, decode: impl FnOnce(&mut Fields) -> Option<T>) -> Result<T, Problem> {
    if text.trim_ascii().is_empty() {
        return Err(Problem::malformed("the body is empty: it must be a JSON object"));
    }
    let not_json = |e: serde_json::Error| Problem::malformed(format!("the body is not JSON: {e}"));
    let raw: &RawValue = serde_json::from_str(text).map_err(not_json)?;
    let mut errors = Vec::new();
    let decoded = within(String::new(), raw, &mut errors, decode);
    match decoded {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(Problem::invalid(errors)),
    }
}

fn within<T>(
    path: String,
    raw: &RawValue,
    errors: &mut Vec<FieldError>,
    decode: impl FnOnce(&mut Fields) -> Option<T>,
) -> Option<T> {
    let members = if raw.get().starts_with('{') {
        serde_json::from_str(raw.get()).map_err(|_| "has a member whose name is not Unicode text")
    } else {
        Err("must be an object")
    };
    match members {
        Ok(Members(members)) => {
            let mut fields = Fields { path, members, errors };
            let value = decode(&mut fields);
            fields.refuse_the_rest();
            value
        }
        Err(detail) => {
            push(errors, path, detail.to_owned());
            None
        }
    }
}

fn push(errors: &mut Vec<FieldError>, field: String, detail: String) {
    if errors.len() < MAX_ERRORS {
        errors.push(FieldError { field, detail });
    }
}

/// An object's members, in the order of the text, duplicates and all.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// The members of one object that nobody has read yet, and the mistakes found so far.
///
/// What a method returns as `None` was absent, `null` or wrong; a mistake is noted, and makes [`read`] fail as a whole.
pub(super) struct Fields<'a, 'e> {
    path: String,
    members: Vec<(String, &'a RawValue)>,
    errors: &'e mut Vec<FieldError>,
}

impl<'a> Fields<'a, '_> {
    /// A field that may be missing.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<T, String>,
    ) -> Option<T> {
        let raw = self.take(name).flatten()?;
        read(raw).map_err(|detail| self.fail(name, detail)).ok()
    }

    /// A field that must be there.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<T, String>,
    ) -> Option<T> {
        let Some(raw) = self.take(name)? else {
            self.fail(name, "is required");
            return None;
        };
        read(raw).map_err(|detail| self.fail(name, detail)).ok()
    }

    /// An object that may be missing.
    pub fn object<T>(&mut self, name: &str, decode: impl FnOnce(&mut Fields) -> Option<T>) -> Option<T> {
        let raw = self.take(name).flatten()?;
        within(self.at(name), raw, self.errors, decode)
    }

    /// A list of objects that may be missing; of `1..=max` elements when it is there.
    pub fn list<T>(
        &mut self,
        name: &str,
        max: usize,
        decode: impl Fn(&mut Fields) -> Option<T>,
    ) -> Option<Vec<T>> {
        let raw = self.take(name).flatten()?;
        let elements: Vec<&RawValue> = if raw.get().starts_with('[') {
            serde_json::from_str(raw.get()).unwrap_or_default()
        } else {
            self.fail(name, "must be a list");
            return None;
        };
        if elements.is_empty() || elements.len() > max {
            self.fail(name, format!("must have 1 to {max} elements, got {}", elements.len()));
            return None;
        }
        let path = self.at(name);
        let decoded: Vec<Option<T>> = elements
            .into_iter()
            .enumerate()
            .map(|(i, raw)| within(format!("{path}[{i}]"), raw, self.errors, &decode))
            .collect();
        decoded.into_iter().collect()
    }

    /// Notes a mistake in a field.
    pub fn fail(&mut self, name: &str, detail: impl Into<String>) {
        let field = self.at(name);
        push(self.errors, field, detail.into());
    }

    /// Notes that a field is missing, unless it is there and wrong.
    pub fn lacks(&mut self, name: &str) {
        let field = self.at(name);
        if !self.errors.iter().any(|error| error.field == field) {
            self.fail(name, "is required");
        }
    }

    /// How many mistakes there were so far.
    pub fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// Whether nothing was wrong so far.
    pub fn all_well(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether somebody wrote something there.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(n, raw)| n == name && raw.get() != "null")
    }

    /// The field's text, `Some(None)` where there is none or `null`; `None` where a mistake was noted.
    #[allow(clippy::option_option, reason = "three cases, and the outer one is what `?` passes on")]
    fn take(&mut self, name: &str) -> Option<Option<&'a RawValue>> {
        #[cfg(test)]
        TAKEN.with_borrow_mut(|taken| taken.insert(self.at(name)));
        let Some(index) = self.members.iter().position(|(n, _)| n == name) else { return Some(None) };
        let (_, raw) = self.members.remove(index);
        // Readers differ in which of two they believe; so neither is.
        if self.members.iter().any(|(n, _)| n == name) {
            self.members.retain(|(n, _)| n != name);
            self.fail(name, "is given more than once");
            return None;
        }
        Some((raw.get() != "null").then_some(raw))
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn refuse_the_rest(mut self) {
        for (name, _) in std::mem::take(&mut self.members) {
            self.fail(&lenient::shown(&name), "is not a field of this request");
        }
    }
}

#[cfg(test)]
thread_local! {
    /// What this thread's readers have looked for.
    pub(super) static TAKEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str, decode: impl FnOnce(&mut Fields) -> Option<()>) -> Vec<(String, String)> {
        read(text, decode).unwrap_err().errors.into_iter().map(|e| (e.field, e.detail)).collect()
    }

    #[test]
    fn every_mistake_is_named_with_its_path() {
        let found = errors(r#"{"a":1,"o":{"b":2},"l":[{"c":"ok"},{"c":3}],"x":0}"#, |f| {
            f.required("missing", text(1..=9));
            f.required("a", text(1..=9));
            f.object("o", |o| o.required("b", text(1..=9)));
            f.list("l", 5, |l| l.required("c", text(1..=9)));
            Some(())
        });
        let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["missing", "a", "o.b", "l[1].c", "x"]);
    }

    #[test]
    fn a_name_given_twice_is_believed_neither_time() {
        let found = errors(r#"{"a":"x","a":"y"}"#, |f| f.required("a", text(1..=9)).map(drop));
        assert_eq!(found[0], ("a".into(), "is given more than once".into()));
    }

    #[test]
    fn nesting_does_not_exhaust_the_stack() {
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(errors(&deep, |_| Some(()))[0].1, "must be an object");
        let inside = format!(r#"{{"a":{deep}}}"#);
        assert_eq!(errors(&inside, |f| f.required("a", text(1..=9)).map(drop))[0].1, "must be a string");
        let deep_objects = format!(r"{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
        assert_eq!(errors(&deep_objects, |f| f.optional("a", flag).map(drop))[0].1, "must be true or false");
        assert_eq!(read(&"[".repeat(10_000), |_| Some(())).unwrap_err().status(), 400);
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        let said = |text| read(text, |_| Some(())).unwrap_err().detail;
        assert_eq!(said(" "), "the body is empty: it must be a JSON object");
        assert_eq!(said("price=1"), "the body is not JSON: expected value at line 1 column 1");
    }

    #[test]
    fn a_flood_of_mistakes_is_cut() {
        let many: Vec<String> = (0..5_000).map(|i| format!(r#""f{i}":0"#)).collect();
        assert_eq!(errors(&format!("{{{}}}", many.join(",")), |_| Some(())).len(), MAX_ERRORS);
    }
}
