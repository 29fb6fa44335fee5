//! The scripts of the driver index. What they share stands before each of them.

use tropa_dispatch::domain::CLOCK_SLACK;

use crate::redis::Script;

/// What stands before each of them, and the one constant that the domain has decided on, in microseconds.
fn shared() -> String {
    format!("local CLOCK_SLACK = {}\n{}", CLOCK_SLACK.as_micros(), include_str!("lua/fleet.lua"))
}

macro_rules! scripts {
    ($($name:ident),+ $(,)?) => {
        /// One for each thing the index does.
        pub(super) struct Scripts {
            $(pub $name: Script,)+
        }

        impl Scripts {
            pub fn new() -> Self {
                Self {
                    $($name: Script::new(shared() + include_str!(concat!("lua/", stringify!($name), ".lua"))),)+
                }
            }
        }
    };
}

scripts!(
    claim, claimed, complete, confirm, expired, filling, get, lasting, list, put, release, remove, report,
    sweeps
);
