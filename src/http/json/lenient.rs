//! Reading what devices send: what is optional and makes no sense is left out and named, and does not cost the rest.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Fields;

/// Names of unknown members that are told, at most.
const MAX_NAMED: usize = 20;

impl<'a> Fields<'a, '_> {
    /// A field that may be missing, or wrong: then why.
    pub fn lenient<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<Option<T>, String>,
    ) -> Result<Option<T>, String> {
        #[cfg(test)]
        super::TAKEN.with_borrow_mut(|taken| taken.insert(self.at(name)));
        let mut given = self.members.extract_if(.., |(member, _)| member == name).map(|(_, raw)| raw);
        let Some(raw) = given.next() else { return Ok(None) };
        if given.count() > 0 {
            return Err("is given more than once".to_owned());
        }
        if raw.get() == "null" { Ok(None) } else { read(raw) }
    }

    /// Passes over what nobody has read, and names the first of it.
    pub fn pass_over_the_rest(&mut self) -> Vec<String> {
        let rest = std::mem::take(&mut self.members);
        rest.into_iter().take(MAX_NAMED).map(|(name, _)| shown(&name)).collect()
    }
}

/// A caller's text: bounded, and without what would break a log line.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Words that some programs write for a number that is none, although JSON has no such word.
pub const NO_NUMBERS: [&str; 8] = ["NaN", "-NaN", "nan", "-nan", "Infinity", "-Infinity", "inf", "-inf"];

/// The same text with each bare [word](NO_NUMBERS) in quotes.
pub fn without_nan(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let (mut taken, mut at, mut quoted) = (0, 0, false);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let word = NO_NUMBERS.iter().find(|word| !quoted && stands_alone(rest, word));
        match (byte, word) {
            (_, Some(word)) => {
                mended += &text[taken..at];
                mended.extend(["\"", word, "\""]);
                at += word.len();
                taken = at;
                continue;
            }
            (b'"', _) => quoted = !quoted,
            (b'\\', _) if quoted => at += 1,
            _ => {}
        }
        at += 1;
    }
    if taken == 0 {
        return Cow::Borrowed(text);
    }
    mended += &text[taken..];
    Cow::Owned(mended)
}

fn stands_alone(rest: &[u8], word: &str) -> bool {
    rest.strip_prefix(word.as_bytes())
        .is_some_and(|behind| !behind.first().is_some_and(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::json::{decimal, read};

    #[test]
    fn what_is_wrong_is_left_out_and_named() {
        let text = r#"{"a":"x","b":1,"b":2,"c":null,"d":4,"odd\u0000name":{}}"#;
        let (mut said, mut rest) = (Vec::new(), Vec::new());
        let number = |raw: &RawValue| decimal(raw).map(Some);
        let read = read(text, |f| {
            said = ["a", "b", "c", "d", "e"].map(|name| f.lenient(name, number)).into();
            rest = f.pass_over_the_rest();
            Some(())
        });
        assert!(read.is_ok(), "{read:?}");
        let wrong = |detail: &str| Err(detail.to_owned());
        let expected =
            [wrong("must be a number"), wrong("is given more than once"), Ok(None), Ok(Some(4.0)), Ok(None)];
        assert_eq!((said.as_slice(), rest.as_slice()), (&expected[..], &["oddname".to_owned()][..]));
    }

    #[test]
    fn a_bare_nan_is_quoted_and_a_quoted_one_stays() {
        let same = [r#"{"a":"NaN, \"NaN\""}"#, "{\"a\":1}", "{\"NaN\":nano}", ""];
        for text in same {
            assert_eq!(without_nan(text), text);
        }
        assert_eq!(
            without_nan(r#"{"é":NaN,"b":[-Infinity ,nan],"c":"inf"}"#),
            r#"{"é":"NaN","b":["-Infinity" ,"nan"],"c":"inf"}"#
        );
    }
}
