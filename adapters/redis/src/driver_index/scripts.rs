//! The scripts of the driver index. What they share stands before each of them.

use tropa_contract::domain::{CLOCK_SLACK, RIM_M};

use crate::Script;

/// What stands before each of them, and before that what the domain has decided on: in microseconds, and in metres.
fn shared() -> String {
    let slack = CLOCK_SLACK.as_micros();
    let shared = concat!(
        include_str!("lua/fleet.lua"),
        include_str!("lua/waiting.lua"),
        include_str!("lua/crowd.lua"),
        include_str!("lua/holding.lua"),
    );
    format!("local CLOCK_SLACK, RIM = {slack}, {RIM_M}\n{shared}")
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
    claim, claimed, complete, confirm, expired, filling, get, lasting, list, near, put, release, remove,
    report, sweeps, time, withdraw
);
