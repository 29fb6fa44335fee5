//! One field's value, from its own text.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use serde_json::value::RawValue;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tropa_dispatch::domain::{Money, MoneyError};

/// Elements of a list.
pub const MANY: usize = 1_000;

/// A value, or what is wrong with it.
pub type Read<T> = Result<T, String>;

/// A string, decoded. A lone surrogate is legal JSON and no text.
fn string(raw: &RawValue) -> Read<String> {
    if !raw.get().starts_with('"') {
        return Err("must be a string".into());
    }
    serde_json::from_str(raw.get()).map_err(|_| "must be Unicode text, without lone surrogates".into())
}

/// Text for people: of so many characters, none of them a control character.
pub fn text(length: RangeInclusive<usize>) -> impl Fn(&RawValue) -> Read<String> {
    move |raw| {
        let text = string(raw)?;
        let got = text.chars().count();
        if !length.contains(&got) {
            return Err(format!("must have {} to {} characters, got {got}", length.start(), length.end()));
        }
        if text.chars().any(char::is_control) {
            return Err("must not contain control characters".into());
        }
        Ok(text)
    }
}

/// A string with a grammar of its own: identifiers, names of states, currencies.
pub fn parsed<T: FromStr<Err: Display>>(raw: &RawValue) -> Read<T> {
    string(raw)?.parse().map_err(|e: T::Err| e.to_string())
}

/// A list of 1 to [`MANY`] such strings.
pub fn many<T: FromStr<Err: Display>>(raw: &RawValue) -> Read<Vec<T>> {
    if !raw.get().starts_with('[') {
        return Err("must be a list".into());
    }
    let elements: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| "must be a list of strings")?;
    if elements.is_empty() || elements.len() > MANY {
        return Err(format!("must have 1 to {MANY} elements, got {}", elements.len()));
    }
    let read = |(n, raw)| parsed(raw).map_err(|detail| format!("[{n}] {detail}"));
    elements.into_iter().enumerate().map(read).collect()
}

/// An exact amount with at most so many fraction digits, as a number or a string.
pub fn amount(raw: &RawValue, fraction: u8) -> Read<Money> {
    let amount = digits(raw)?.parse::<Money>().and_then(|money| money.within(fraction));
    amount.map_err(|e| match e {
        // Not what the finest currency allows, but what this one does.
        MoneyError::TooPrecise { .. } => MoneyError::TooPrecise { digits: fraction }.to_string(),
        MoneyError::TooLarge if raw.get().trim_start_matches('"').starts_with('-') => {
            "must be 0 or more".into()
        }
        e => e.to_string(),
    })
}

/// The text of a number, which may be written as a string.
pub fn digits(raw: &RawValue) -> Read<String> {
    match raw.get().as_bytes().first() {
        Some(b'"') => string(raw),
        Some(b'-' | b'0'..=b'9') => Ok(raw.get().to_owned()),
        _ => Err(MoneyError::NotANumber.to_string()),
    }
}

/// A measurement: not for money.
pub fn decimal(raw: &RawValue) -> Read<f64> {
    match raw.get().parse::<f64>() {
        Ok(number) if number.is_finite() && !raw.get().starts_with('"') => Ok(number),
        _ => Err("must be a number".into()),
    }
}

/// A whole number. `2.0` is one, as JSON Schema has it.
pub fn integer(range: RangeInclusive<u64>) -> impl Fn(&RawValue) -> Read<u64> {
    move |raw| {
        let refused = || format!("must be a whole number from {} to {}", range.start(), range.end());
        let number = raw.get().parse::<u64>().or_else(|_| match raw.get().parse::<f64>() {
            // Below 2^53 every whole float is exact.
            Ok(f) if f.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&f) => Ok(f as u64),
            _ => Err(refused()),
        })?;
        if range.contains(&number) { Ok(number) } else { Err(refused()) }
    }
}

/// True or false.
pub fn flag(raw: &RawValue) -> Read<bool> {
    raw.get().parse().map_err(|_| "must be true or false".into())
}

/// A moment, RFC 3339.
pub fn timestamp(raw: &RawValue) -> Read<OffsetDateTime> {
    OffsetDateTime::parse(&string(raw)?, &Rfc3339)
        .map_err(|_| "must be a time like 2026-01-31T12:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, read) in
            [("100.0", "100.00"), ("\"0.10\"", "0.10"), ("1e2", "100.00"), ("0", "0.00"), ("-1", "-1.00")]
        {
            assert_eq!(amount(&raw(text), 2).map(|m| m.to_string()).as_deref(), Ok(read), "{text}");
        }
        assert_eq!(amount(&raw("1.5"), 0), Err("must have no fraction digits".to_owned()));
        assert_eq!(amount(&raw("0.00001"), 2), Err("must have at most 2 fraction digits".to_owned()));
        for bad in ["0.001", "1e30", "\"abc\"", "\"NaN\"", "true", "[]", "\"\"", "\" 1\""] {
            assert!(amount(&raw(bad), 2).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_is_bounded_and_plain() {
        let short = text(1..=3);
        assert_eq!(short(&raw(r#""açã""#)).unwrap(), "açã");
        for bad in [r#""""#, r#""abcd""#, r#""a\u0000""#, r#""\n""#, r#""\ud800""#, r#""\udc00x""#, "1"] {
            assert!(short(&raw(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_numbers() {
        assert_eq!(decimal(&raw("-23.5")), Ok(-23.5));
        assert!(decimal(&raw("1e999")).is_err() && decimal(&raw("\"1\"")).is_err());
        let small = integer(1..=10);
        assert_eq!((small(&raw("2")), small(&raw("2.0")), small(&raw("1e1"))), (Ok(2), Ok(2), Ok(10)));
        for bad in ["0", "11", "-1", "1.5", "\"1\"", "true", "1e400", "99999999999999999999"] {
            assert!(small(&raw(bad)).is_err(), "{bad}");
        }
    }
}
