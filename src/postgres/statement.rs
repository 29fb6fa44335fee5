//! Every statement, one a file. A test prepares each against the migrated schema.

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)*

        /// All of them, by file name.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    LOAD_ORDERS = "load_orders";
    LOAD_ORDER_BY_NUMBER = "load_order_by_number";
}
