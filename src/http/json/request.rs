//! A request whose reader and description are one definition.

use serde_json::value::RawValue;

use super::{Fields, integer, read, text, value::Read};
use crate::http::problem::Answer;

/// What [`request!`] defines.
pub trait Request: Sized {
    /// Reads the members; what is wrong with them is noted.
    fn fields(f: &mut Fields) -> Option<Self>;

    /// Reads a body.
    fn read(body: &str) -> Answer<Self> {
        read(body, Self::fields)
    }
}

/// [Text](text) with its limits, in the description's words.
pub struct Text {
    pub min_length: usize,
    pub max_length: usize,
}

impl Text {
    pub fn read(self, raw: &RawValue) -> Read<String> {
        text(self.min_length..=self.max_length)(raw)
    }
}

/// A [whole number](integer) with its limits, in the description's words.
pub struct Whole {
    pub minimum: u64,
    pub maximum: u64,
}

impl Whole {
    pub fn read<T: TryFrom<u64>>(self, raw: &RawValue) -> Read<T> {
        let number = integer(self.minimum..=self.maximum)(raw)?;
        number.try_into().map_err(|_| format!("must be less than {number}"))
    }
}

/// Defines a request: `member: Type = required reader;`, where the way it is taken is a method of [`Fields`]. The reader takes
/// exactly what the description lists, in that order, with the limits it shows; a member that is described and not used is
/// dead code.
macro_rules! request {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$said:meta])* $member:ident: $type:ty =
                $taken:ident $($reader:ident)::+ $({ $($limit:ident = $value:tt),+ })?;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            $($(#[$said])* $(#[schema($($limit = $value),+)])? $vis $member: $type,)*
        }

        impl $crate::http::json::Request for $name {
            #[allow(unused_variables, reason = "one without members reads none")]
            fn fields(f: &mut $crate::http::json::Fields) -> Option<Self> {
                $(let $member = request!(@ $taken f.$taken(
                    stringify!($member),
                    request!(@reader $($reader)::+ $({ $($limit: $value),+ })?),
                ));)*
                Some(Self { $($member: $member?,)* })
            }
        }
    };
    (@reader $($reader:ident)::+) => { $($reader)::+ };
    (@reader $($reader:ident)::+ { $($limit:ident: $value:tt),+ }) => { |raw| $($reader)::+ { $($limit: $value),+ }.read(raw) };
    (@ required $read:expr) => { $read };
    (@ $taken:ident $read:expr) => { Some($read) };
}
pub(in crate::http) use request;
