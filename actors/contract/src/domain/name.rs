//! Closed sets of names. The enum declares them; what reads or writes one derives it from there.

use strum::VariantArray;

/// A text that is none of the names there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {known}, got {text:?}")]
pub struct UnknownName {
    known: String,
    text: String,
}

impl UnknownName {
    /// Found where one of these was meant.
    pub fn among<T: VariantArray + Copy + Into<&'static str>>(text: &str) -> Self {
        let names: Vec<&str> = T::VARIANTS.iter().map(|name| (*name).into()).collect();
        let known = match names[..] {
            [one, other] => format!("{one} or {other}"),
            _ => format!("one of {}", names.join(", ")),
        };
        Self { known, text: text.to_owned() }
    }
}

/// What such enums have in common: all of them, and each one's name.
#[macro_export]
macro_rules! names {
    ($name:ident) => {
        impl $name {
            /// Every one of them, in the order of their declaration.
            pub const ALL: [Self; <$name as strum::VariantArray>::VARIANTS.len()] =
                match <$name as strum::VariantArray>::VARIANTS.first_chunk() {
                    Some(all) => *all,
                    None => unreachable!(),
                };

            /// The name in the API, the database and the metrics.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Debug, str::FromStr};

    use serde::{Serialize, de::DeserializeOwned};
    use utoipa::PartialSchema;

    use super::*;
    use crate::domain::{
        AuditOutcome, Cause, DeadLetterState, DriverStatus, EventName, LaneStage, ManualReason, MessageState,
        OperationKind, OperationState, Phase, Presence, Status, Topic, Unassignable, WaitReason,
    };

    /// The names, once JSON and the text were seen to agree on them.
    fn names<T>() -> BTreeSet<&'static str>
    where
        T: VariantArray + Copy + Debug + PartialEq + Into<&'static str>,
        T: FromStr<Err = UnknownName> + Serialize + DeserializeOwned,
    {
        for each in T::VARIANTS {
            let name: &str = (*each).into();
            assert_eq!(name.parse::<T>().as_ref(), Ok(each));
            assert_eq!(serde_json::to_value(each).unwrap(), name);
            assert_eq!(serde_json::from_value::<T>(name.into()).unwrap(), *each);
        }
        T::VARIANTS.iter().map(|each| (*each).into()).collect()
    }

    /// The names that the API's description has.
    fn described<T: PartialSchema>() -> BTreeSet<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        serde_json::from_value(schema["enum"].clone()).unwrap()
    }

    #[test]
    fn text_json_and_description_have_the_same_names() {
        macro_rules! agree {
            ($($name:ty),*) => {
                $(assert_eq!(described::<$name>(), names::<$name>().into_iter().map(str::to_owned).collect());)*
            };
        }
        agree!(Status, ManualReason, EventName, DriverStatus, Unassignable, DeadLetterState, Phase, Presence);
        agree!(AuditOutcome, OperationKind, OperationState);
        agree!(LaneStage, MessageState);
        names::<Cause>();
        names::<Topic>();
        names::<WaitReason>();
    }

    #[test]
    fn what_is_no_name_is_told_which_there_are() {
        let said = |refused: Result<(), UnknownName>| refused.unwrap_err().to_string();
        assert_eq!(
            said("LOST".parse::<Status>().map(drop)),
            "must be one of PENDING, DISPATCHED, MANUAL_DISPATCH, DELIVERED, CANCELLED, got \"LOST\""
        );
        assert_eq!(
            said("Offline".parse::<DriverStatus>().map(drop)),
            "must be available or offline, got \"Offline\""
        );
    }
}
