//! The scripts of the driver index. What they share stands before each of them.

use crate::redis::Script;

macro_rules! scripts {
    ($($name:ident),+ $(,)?) => {
        /// One for each thing the index does.
        pub(super) struct Scripts {
            $(pub $name: Script,)+
        }

        impl Scripts {
            pub fn new() -> Self {
                Self {
                    $($name: Script::new(concat!(
                        include_str!("lua/fleet.lua"),
                        include_str!("lua/waiting.lua"),
                        include_str!("lua/crowd.lua"),
                        include_str!("lua/holding.lua"),
                        include_str!(concat!("lua/", stringify!($name), ".lua")),
                    )),)+
                }
            }
        }
    };
}

scripts!(
    claim, claimed, complete, confirm, expired, filling, get, lasting, list, put, release, remove, report,
    sweeps, withdraw
);
