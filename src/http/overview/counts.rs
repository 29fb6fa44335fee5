//! How many orders are in each state, as callers see it: a member a state.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use tropa_dispatch::{domain::Status, port::StatusCounts};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

/// Orders by state.
#[derive(Clone, PartialEq)]
pub(super) struct Counts(pub StatusCounts);

pub(super) fn member(status: Status) -> String {
    status.as_str().to_ascii_lowercase()
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.each().map(|(status, count)| (member(status), count)))
    }
}

impl PartialSchema for Counts {
    fn schema() -> RefOr<Schema> {
        let counts = ObjectBuilder::new().description(Some("Orders by state."));
        let described = |counts: ObjectBuilder, status| {
            counts.property(member(status), u64::schema()).required(member(status))
        };
        Status::ALL.into_iter().fold(counts, described).into()
    }
}

impl ToSchema for Counts {
    fn name() -> Cow<'static, str> {
        "OrderCounts".into()
    }
}
