//! Accepted = the sum of the states, as callers see it.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeMap};
use tropa_dispatch::{domain::Status, port::Census};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::counts::member;

/// What was accepted, counted where it was, and where it stands: a member a state.
#[derive(Clone, PartialEq)]
pub(super) struct Conservation(pub Census);

impl Serialize for Conservation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("accepted", &self.0.accepted)?;
        for (status, count) in self.0.states.each() {
            map.serialize_entry(&member(status), &count)?;
        }
        // Whatever else is forgotten, orders and their events are kept.
        map.serialize_entry("pruned", &0)?;
        map.serialize_entry("holds", &self.0.holds())?;
        map.end()
    }
}

impl PartialSchema for Conservation {
    fn schema() -> RefOr<Schema> {
        let text = "Orders accepted, counted by their first events, beside where they stand, all at one moment. `holds` when \
                    they add up. `pruned` is 0: orders are kept.";
        let described =
            |object: ObjectBuilder, name: String| object.property(name.clone(), u64::schema()).required(name);
        let counts = ["accepted".to_owned()].into_iter();
        let counts = counts.chain(Status::ALL.map(member)).chain(["pruned".to_owned()]);
        let object = counts.fold(ObjectBuilder::new().description(Some(text)), described);
        object.property("holds", bool::schema()).required("holds").into()
    }
}

impl ToSchema for Conservation {
    fn name() -> Cow<'static, str> {
        "Conservation".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tropa_dispatch::port::StatusCounts;

    #[test]
    fn an_order_that_is_nowhere_is_seen() {
        let states = StatusCounts::from_iter([(Status::Pending, 2), (Status::Delivered, 1)]);
        let of = |accepted| serde_json::to_value(Conservation(Census { accepted, states })).unwrap();
        assert_eq!((of(3)["holds"].clone(), of(3)["pending"].clone()), (true.into(), 2.into()));
        assert_eq!(of(4)["holds"], false);
        assert_eq!(of(2)["holds"], false, "nor may there be one too many");
    }

    #[test]
    fn what_is_described_is_what_is_said() {
        let RefOr::T(Schema::Object(object)) = Conservation::schema() else { panic!("no object") };
        let said = serde_json::to_value(Conservation(Census::default())).unwrap();
        let said: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
        let mut described: Vec<_> = object.properties.keys().cloned().collect();
        described.sort();
        let mut sorted = said;
        sorted.sort();
        assert_eq!(described, sorted);
    }
}
