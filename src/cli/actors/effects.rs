//! What each command would do to an actor, in the terminal.

use serde_json::Value;

use crate::cli::table::{Column, lasting, list};

const EFFECTS: [Column; 6] = [
    Column::text("COMMAND", "/verb"),
    Column::text("WHAT FOLLOWS", "/text_key"),
    Column::text("LEFT", "/restarts_left"),
    Column::shown("FOR", "/window_ms", lasting),
    Column::text("FAILING", "/failing"),
    Column::shown("TAKES DOWN", "/takes_down", paths),
];

fn paths(value: &Value) -> String {
    let paths: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    paths.join(" ")
}

/// One line a command.
pub(super) fn shown(effects: &Value) -> String {
    let verbs = effects["verbs"].as_array().cloned().unwrap_or_default();
    let queued = verbs.first().map_or(Value::Null, |verb| verb["queued"].clone());
    format!("epoch {}, {queued} waiting\n{}", effects["epoch"], list(&verbs, &EFFECTS))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_command_says_what_follows() {
        let effects = json!({"epoch": 3, "verbs": [{"verb": "kill", "text_key": "supervisor_fails", "restarts_left": 0,
            "window_ms": 40_000, "failing": "/tropa/dispatch", "takes_down": ["/tropa/dispatch", "/a"], "queued": 2}]});
        let shown = shown(&effects);
        assert!(shown.starts_with("epoch 3, 2 waiting\n"), "{shown}");
        assert!(shown.contains("supervisor_fails") && shown.contains("/tropa/dispatch /a"), "{shown}");
    }
}
