//! Which trace something belongs to.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A W3C `traceparent`: `00-<32 hex>-<16 hex>-<2 hex>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent(String);

impl TraceParent {
    /// Of the ids as numbers, without a detour over text that is parsed; `None` when one of them is zero.
    pub fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        let valid = trace_id != 0 && span_id != 0;
        valid.then(|| Self(format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(sampled))))
    }

    /// The first of a trace of its own.
    pub fn fresh() -> Self {
        let (trace, id) = (fastrand::u128(1..), fastrand::u64(1..));
        Self(format!("00-{trace:032x}-{id:016x}-00"))
    }

    /// A step that follows from this one. Whether the trace is recorded is not for it to decide.
    #[must_use]
    pub fn child(&self) -> Self {
        let id = fastrand::u64(1..);
        Self(format!("{}{id:016x}{}", &self.0[..36], &self.0[52..]))
    }

    /// The header's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace id, 32 hex digits.
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// The id of the span that is the parent, 16 hex digits.
    pub fn span_id(&self) -> &str {
        &self.0[36..52]
    }

    /// Whether the trace is recorded, as far as the parent knows.
    pub fn sampled(&self) -> bool {
        u8::from_str_radix(&self.0[53..], 16).is_ok_and(|flags| flags & 1 == 1)
    }
}

impl FromStr for TraceParent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let hex = |s: &str, len| {
            s.len() == len && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let zero = |s: &str| s.bytes().all(|b| b == b'0');
        match parts[..] {
            ["00", trace, span, flags]
                if hex(trace, 32) && hex(span, 16) && hex(flags, 2) && !zero(trace) && !zero(span) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(format!("not a W3C traceparent: {text:?}")),
        }
    }
}

impl TryFrom<String> for TraceParent {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TraceParent> for String {
    fn from(parent: TraceParent) -> String {
        parent.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_checked() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent: TraceParent = good.parse().unwrap();
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span_id(), "00f067aa0ba902b7");
        assert!(parent.sampled());
        let same = TraceParent::new(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 0x00f0_67aa_0ba9_02b7, true);
        assert_eq!(same, Some(parent));
        assert_eq!(TraceParent::new(0, 1, true), None);
        for bad in [
            "",
            "00-4bf9-00f0-01",
            &good.replace('a', "A"),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        ] {
            assert!(bad.parse::<TraceParent>().is_err(), "{bad}");
        }
    }
}
