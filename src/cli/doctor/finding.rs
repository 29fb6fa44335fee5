//! What was found.

use std::fmt::{self, Display};

use serde::Serialize;
use strum::IntoStaticStr;

/// How one thing stands.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    what: &'static str,
    grade: Grade,
    detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum Grade {
    Ok,
    Warn,
    Fail,
}

impl Finding {
    pub fn ok(what: &'static str, detail: impl Display) -> Self {
        Self { what, grade: Grade::Ok, detail: detail.to_string() }
    }

    pub fn warn(what: &'static str, detail: impl Display) -> Self {
        Self { what, grade: Grade::Warn, detail: detail.to_string() }
    }

    pub fn fail(what: &'static str, detail: impl Display) -> Self {
        Self { what, grade: Grade::Fail, detail: detail.to_string() }
    }

    pub fn failed(&self) -> bool {
        self.grade == Grade::Fail
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade: &str = self.grade.into();
        write!(f, "{grade:<4}  {:<14}{}", self.what, self.detail)
    }
}
