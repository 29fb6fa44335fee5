//! What an actor was like, in the terminal.

use serde_json::Value;

use crate::cli::table::{Column, list, micros, moment};

/// Looks that are shown, the newest: a minute.
const SHOWN: usize = 12;

const SAMPLES: [Column; 6] = [
    Column::shown("AT", "/at", moment),
    Column::text("MAILBOX", "/depth"),
    Column::shown("HANDLED/s", "/handled_per_second", rate),
    Column::shown("WAIT p99", "/wait_p99_us", micros),
    Column::shown("HANDLE p99", "/handle_p99_us", micros),
    Column::text("RESTARTS", "/restarts"),
];

const EXITS: [Column; 4] = [
    Column::shown("AT", "/at", moment),
    Column::text("EPOCH", "/epoch"),
    Column::text("EXIT", "/kind"),
    Column::text("BECAUSE", "/detail"),
];

const MESSAGES: [Column; 4] = [
    Column::text("MESSAGE", "/message"),
    Column::text("HANDLED", "/handled"),
    Column::shown("p50", "/p50_us", micros),
    Column::shown("p99", "/p99_us", micros),
];

fn rate(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |rate| format!("{rate:.1}"))
}

/// The last minute, the exits and the messages.
pub(super) fn shown(history: &Value) -> String {
    let rows = |name: &str| history[name].as_array().cloned().unwrap_or_default();
    let samples = rows("samples");
    let newest = &samples[samples.len().saturating_sub(SHOWN)..];
    let parts = [
        ("the last minute", list(newest, &SAMPLES)),
        ("exits", list(&rows("exits"), &EXITS)),
        ("messages", list(&rows("messages"), &MESSAGES)),
    ];
    parts.map(|(title, table)| format!("{title}\n{table}")).join("\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_minute_is_shown_with_exits_and_messages() {
        let sample = |depth: usize| {
            json!({"at": "2026-11-30T12:00:00Z", "depth": depth, "handled_per_second": 12.34,
                "wait_p99_us": 31, "handle_p99_us": null, "restarts": 0})
        };
        let samples: Vec<Value> = (100..120).map(sample).collect();
        let history = json!({"step_ms": 5000, "samples": samples, "messages": [],
            "exits": [{"at": "2026-11-30T12:00:00Z", "epoch": 1, "kind": "panic", "detail": "injected"}]});
        let shown = shown(&history);
        assert!(shown.contains(" 12.3 ") && shown.contains("119") && !shown.contains("107"), "{shown}");
        assert!(shown.contains("injected") && shown.ends_with("messages\nnone"), "{shown}");
    }
}
