//! `.env`: variables for whoever develops here.
//!
//! A value is what is written: nothing is replaced in it, as a shell would. `NAME=value`, `export NAME=value`, `# remarks`, also
//! behind a value and a blank; `'as it is'`; `"with \" and \\ and \n"`, both over several lines if need be.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::config::ConfigError;

/// Variables by name.
type Variables = BTreeMap<String, String>;

/// The variables of `.env` in this folder, if there is one. They are handed on, not set: the environment belongs to
/// the whole process.
pub(super) fn read(
    folder: &Path,
    errors: &mut Vec<ConfigError>,
    warnings: &mut Vec<String>,
) -> Option<(PathBuf, Variables)> {
    let path = folder.join(".env");
    if !path.is_file() {
        return None;
    }
    let read = std::fs::read_to_string(&path).map_err(|error| format!("cannot be read: {error}"));
    match read.map_err(|reason| vec![reason]).and_then(|text| parse(&text)) {
        Ok((variables, dollars)) => {
            let literal = |name: &String| {
                format!(
                    "{name} in {}: the $ in it is taken as written, nothing is replaced; say so with '…'",
                    path.display()
                )
            };
            warnings.extend(dollars.iter().map(literal));
            Some((path, variables))
        }
        Err(reasons) => {
            errors.extend(reasons.into_iter().map(|reason| ConfigError::File { path: path.clone(), reason }));
            None
        }
    }
}

/// The variables, and those in whose values a shell would replace something. What is wrong with a line, with each of them, is
/// told without its text: it may hold a secret.
fn parse(text: &str) -> Result<(Variables, Vec<String>), Vec<String>> {
    let (mut variables, mut dollars, mut wrong) = (Variables::new(), Vec::new(), Vec::new());
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while !rest.is_empty() {
        let number = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            rest = after;
            continue;
        }
        let assignment = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let name = assignment.split_once('=').map(|(name, _)| name.trim_end());
        let read = match (name.filter(|name| is_name(name)), rest.split_once('=')) {
            (Some(name), Some((_, value))) => value_of(value).map(|value| (name, value)),
            _ => Err("is not NAME=value"),
        };
        match read {
            Ok((name, value)) => {
                if value.replaces {
                    dollars.push(name.to_owned());
                }
                variables.insert(name.to_owned(), value.text);
                rest = value.rest;
            }
            Err(what) => {
                wrong.push(format!("line {number} {what}"));
                rest = after;
            }
        }
    }
    if wrong.is_empty() { Ok((variables, dollars)) } else { Err(wrong) }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

struct Value<'a> {
    text: String,
    /// A shell would put something else in the place of a part of it.
    replaces: bool,
    /// The lines behind it.
    rest: &'a str,
}

/// The value that begins here.
fn value_of(text: &str) -> Result<Value<'_>, &'static str> {
    let text = text.trim_start_matches([' ', '\t']);
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        return quoted(&text[1..], quote);
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let remark = line.char_indices().find(|(i, c)| *c == '#' && line[..*i].ends_with([' ', '\t']));
    let remark = if line.starts_with('#') { 0 } else { remark.map_or(line.len(), |(i, _)| i) };
    let value = line[..remark].trim();
    Ok(Value { text: value.to_owned(), replaces: replaces(value), rest })
}

fn quoted(text: &str, quote: char) -> Result<Value<'_>, &'static str> {
    let (mut value, mut characters) = (String::new(), text.char_indices());
    while let Some((i, c)) = characters.next() {
        match c {
            c if c == quote => {
                let (tail, rest) = text[i + 1..].split_once('\n').unwrap_or((&text[i + 1..], ""));
                let tail = tail.trim();
                if !tail.is_empty() && !tail.starts_with('#') {
                    return Err("goes on behind the closing quote");
                }
                let replaces = quote == '"' && replaces(&value);
                return Ok(Value { text: value, replaces, rest });
            }
            '\\' if quote == '"' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('"' | '\\' | '$'))) => value.push(c),
                Some((_, c)) => value.extend(['\\', c]),
                None => {}
            },
            c => value.push(c),
        }
    }
    Err("has no closing quote")
}

fn replaces(value: &str) -> bool {
    let behind = value.split('$').skip(1);
    behind.into_iter().any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> String {
        let (variables, _) = parse(line).unwrap();
        variables.get("A").unwrap_or_else(|| panic!("{line}: {variables:?}")).clone()
    }

    #[test]
    fn a_value_is_what_is_written() {
        for (line, value) in [
            ("A=pa$HOMEss#word", "pa$HOMEss#word"),
            ("A=pa${HOME}ss", "pa${HOME}ss"),
            ("A = spaced \n", "spaced"),
            ("export A=1", "1"),
            ("A=6 # six", "6"),
            ("A=#none", ""),
            ("A=", ""),
            ("A='pa$HOME # \"ss' # remark", "pa$HOME # \"ss"),
            (r#"A="say \"hi\" \\ \$5 \d""#, r#"say "hi" \ $5 \d"#),
            (r#"A="two\nlines""#, "two\nlines"),
            ("A=\"-----BEGIN\nkey\"\nB=2", "-----BEGIN\nkey"),
            (
                "A=postgres://u:p%40ss@h:5432/db?sslmode=disable&x=a=b",
                "postgres://u:p%40ss@h:5432/db?sslmode=disable&x=a=b",
            ),
            ("# remark\n\r\nA=x\r\nB=y\r\n", "x"),
            ("\u{feff}A=marked", "marked"),
            ("A=1\nA=2", "2"),
            ("A=it's", "it's"),
        ] {
            assert_eq!(one(line), value, "{line:?}");
        }
        assert_eq!(parse("A=\"x\ny\"\nB=2").unwrap().0["B"], "2");
    }

    #[test]
    fn what_a_shell_would_replace_is_told_unless_it_is_quoted() {
        let dollars = |text| parse(text).unwrap().1;
        assert_eq!(dollars("A=pa$HOME\nB=${X}\nC=\"$D\""), ["A", "B", "C"]);
        assert!(dollars("A='pa$HOME'\nB=5$\nC=$5\nD=a$-b").is_empty());
    }

    #[test]
    fn a_wrong_line_is_named_without_its_text() {
        for (text, said) in [
            ("A=1\nhush", "line 2 is not NAME=value"),
            ("A=1\n\n2B=hush", "line 3 is not NAME=value"),
            ("A='hush", "line 1 has no closing quote"),
            ("A='x\ny'\nB=\"hush", "line 3 has no closing quote"),
            ("A='hush'hush", "line 1 goes on behind the closing quote"),
        ] {
            assert_eq!(parse(text).unwrap_err(), [said], "{text:?}");
        }
        let all = ["line 1 is not NAME=value", "line 3 has no closing quote", "line 4 is not NAME=value"];
        assert_eq!(parse("hush\nA=1\nB='x\nhush\nC=2").unwrap_err(), all, "each of them");
    }
}
