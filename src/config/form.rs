//! What a value may look like.

use std::{
    fmt::Display,
    net::IpAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use actix_web::http::header::HeaderName;
use strum::VariantNames;

use crate::peers::Network;

type Parse<T> = Box<dyn Fn(&str) -> Option<T>>;

/// How a value is written, and what is said when it is not.
pub(super) struct Form<T> {
    /// What it may be, as the end of a sentence.
    pub allowed: String,
    /// Reads it.
    pub parse: Parse<T>,
    /// Writes it back the same way.
    pub show: Box<dyn Fn(&T) -> String>,
}

impl<T: 'static> Form<T> {
    pub fn new(
        allowed: impl Into<String>,
        parse: impl Fn(&str) -> Option<T> + 'static,
        show: impl Fn(&T) -> String + 'static,
    ) -> Self {
        Self { allowed: allowed.into(), parse: Box::new(parse), show: Box::new(show) }
    }
}

/// A whole number in a range.
pub(super) fn whole<N>(range: RangeInclusive<N>) -> Form<N>
where
    N: FromStr + PartialOrd + Display + Copy + 'static,
{
    let allowed = format!("a whole number from {} to {}", range.start(), range.end());
    Form::new(allowed, move |text| text.parse().ok().filter(|n| range.contains(n)), N::to_string)
}

/// A number in a range.
pub(super) fn number(range: RangeInclusive<f64>) -> Form<f64> {
    let allowed = format!("a number from {} to {}", range.start(), range.end());
    Form::new(allowed, move |text| text.parse().ok().filter(|n| range.contains(n)), f64::to_string)
}

/// Numbers in a range, each larger than the one before, with commas between.
pub(super) fn ascending(range: RangeInclusive<f64>) -> Form<Vec<f64>> {
    let allowed = format!("ascending numbers from {} to {} with commas between", range.start(), range.end());
    let parse = move |text: &str| {
        let numbers: Vec<f64> = text.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
        let fits = numbers.iter().all(|n| range.contains(n)) && numbers.is_sorted_by(|a, b| a < b);
        fits.then_some(numbers)
    };
    let show = |numbers: &Vec<f64>| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    Form::new(allowed, parse, show)
}

/// A port.
pub(super) fn port() -> Form<u16> {
    Form { allowed: "a port from 0 to 65535 (0 = any free one)".to_owned(), ..whole(0..=u16::MAX) }
}

/// A time in seconds, fractions allowed.
pub(super) fn seconds(range: RangeInclusive<f64>) -> Form<Duration> {
    let allowed = format!("seconds, from {} to {}", range.start(), range.end());
    let parse = move |text: &str| {
        let seconds: f64 = text.parse().ok().filter(|n| range.contains(n))?;
        Duration::try_from_secs_f64(seconds).ok()
    };
    Form::new(allowed, parse, |time| time.as_secs_f64().to_string())
}

/// On or off.
pub(super) fn switch() -> Form<bool> {
    let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    };
    Form::new("true or false", parse, bool::to_string)
}

/// One of an enum's words.
pub(super) fn word<T>() -> Form<T>
where
    T: Copy + FromStr + Into<&'static str> + VariantNames + 'static,
{
    Form::new(
        T::VARIANTS.join(" or "),
        |text| text.parse().ok(),
        |value: &T| {
            let word: &str = (*value).into();
            word.to_owned()
        },
    )
}

/// A text of some length.
pub(super) fn text(length: RangeInclusive<usize>) -> Form<String> {
    let allowed = format!("a text of {} to {} characters", length.start(), length.end());
    Form::new(
        allowed,
        move |text| length.contains(&text.chars().count()).then(|| text.to_owned()),
        Clone::clone,
    )
}

/// Whether this character needs no escape anywhere: not in a URL, not in a key, not in a pattern.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.:".contains(c)
}

/// A name of such characters, at most `longest`.
pub(super) fn plain(longest: usize) -> Form<String> {
    let parse = move |text: &str| {
        ((1..=longest).contains(&text.len()) && text.chars().all(is_plain)).then(|| text.to_owned())
    };
    Form::new(format!("1 to {longest} letters, digits, `-`, `_`, `.` or `:`"), parse, Clone::clone)
}

/// The name of a header.
pub(super) fn header_name() -> Form<HeaderName> {
    Form::new("the name of a header", |text| text.parse().ok(), HeaderName::to_string)
}

/// A path.
pub(super) fn path() -> Form<PathBuf> {
    let show = |path: &PathBuf| Path::display(path).to_string();
    Form::new("a path", |text| (!text.contains('\0')).then(|| PathBuf::from(text)), show)
}

/// An IP address to listen on.
pub(super) fn address() -> Form<IpAddr> {
    Form::new("an IP address, such as 127.0.0.1, 0.0.0.0 or ::", |text| text.parse().ok(), IpAddr::to_string)
}

/// Addresses and networks, with commas between; none is none.
pub(super) fn networks() -> Form<Vec<Network>> {
    let parse = |text: &str| {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().ok()).collect()
    };
    let show =
        |networks: &Vec<Network>| networks.iter().map(Network::to_string).collect::<Vec<_>>().join(",");
    Form::new("addresses and networks, such as 10.0.0.7,192.168.0.0/16, with commas between", parse, show)
}

/// The address of a server, with one of these schemes.
pub(super) fn url(schemes: &'static [&'static str]) -> Form<String> {
    let allowed = format!("a URL such as {}://host:port", schemes.join("://host:port or "));
    Form::new(allowed, move |text| server(text, schemes), Clone::clone)
}

/// The addresses of servers, with one of these schemes each.
pub(super) fn urls(schemes: &'static [&'static str]) -> Form<Vec<String>> {
    let allowed =
        format!("URLs such as {}://host:port, with commas between", schemes.join("://host:port or "));
    let parse = move |text: &str| text.split(',').map(|url| server(url.trim(), schemes)).collect();
    Form::new(allowed, parse, |urls: &Vec<String>| urls.join(","))
}

/// A server's address with one of these schemes, as it was written.
pub(super) fn server(text: &str, schemes: &[&str]) -> Option<String> {
    let uri: ::http::Uri = text.parse().ok()?;
    let host = uri.host().filter(|host| !host.is_empty())?;
    // `Uri` takes any text for a port, and knows none then.
    let behind = uri.authority()?.as_str().rsplit('@').next()?.strip_prefix(host)?;
    let port = behind.is_empty() || uri.port_u16().is_some();
    let fits = schemes.contains(&uri.scheme_str()?) && port;
    fits.then(|| text.to_owned())
}
