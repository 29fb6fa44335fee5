//! `tropa order lanes`: one order's way, stretch by stretch.

use serde_json::Value;

use crate::cli::table::{Column, list, moment};

const LANES: [Column; 6] = [
    Column::text("STAGE", "/stage"),
    Column::shown("AT", "/started_at", precise),
    Column::text("TOOK", "/took"),
    Column::text("TRY", "/attempt"),
    Column::text("INSTANCE", "/instance"),
    Column::text("WHAT CAME OF IT", "/detail"),
];

const DUPLICATES: [Column; 4] = [
    Column::text("NOT ANSWERED AGAIN", "/event_id"),
    Column::shown("AT", "/at", precise),
    Column::text("INSTANCE", "/instance"),
    Column::text("BECAUSE", "/why"),
];

const CANDIDATES: [Column; 5] = [
    Column::text("CANDIDATE", "/driver_id"),
    Column::text("NAME", "/name"),
    Column::shown("DISTANCE", "/distance_m", metres),
    Column::shown("CHOSEN", "/chosen", chosen),
    Column::text("WHY", "/why"),
];

/// All of it, one table below the other.
pub(super) fn shown(order: &Value) -> String {
    let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lanes = rows(&order["lanes"]);
    for lane in &mut lanes {
        lane["took"] = took(lane).map_or(Value::Null, Value::from);
    }
    let mut parts = vec![list(&lanes, &LANES)];
    if !rows(&order["duplicates"]).is_empty() {
        parts.push(list(&rows(&order["duplicates"]), &DUPLICATES));
    }
    if !order["search"].is_null() {
        parts.push(list(&rows(&order["search"]["candidates"]), &CANDIDATES));
    }
    if let Some(trace) = order["trace_url"].as_str().or(order["trace_id"].as_str()) {
        parts.push(format!("trace {trace}"));
    }
    if order["complete"] == false {
        parts.push("not complete: an instance that did something is gone, or has forgotten it".to_owned());
    }
    parts.join("\n\n")
}

fn took(lane: &Value) -> Option<String> {
    let at = |name: &str| {
        let text = lane[name].as_str()?;
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()
    };
    Some(format!("{:.1} ms", (at("ended_at")? - at("started_at")?).as_seconds_f64() * 1e3))
}

/// To the millisecond, without the day.
fn precise(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.get(11..23).map_or_else(|| moment(value), str::to_owned)
}

fn metres(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |metres| format!("{metres:.0} m"))
}

fn chosen(value: &Value) -> String {
    if value == &Value::Bool(true) { "yes".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stretch_says_how_long_it_took() {
        let order = json!({
            "trace_id": "abc", "trace_url": null, "complete": false, "duplicates": [], "search": null,
            "lanes": [{ "stage": "searched", "started_at": "2026-11-21T03:49:17.927132Z",
                "ended_at": "2026-11-21T03:49:17.929632Z", "attempt": 1, "instance": "tropa", "detail": "found" }],
        });
        let text = shown(&order);
        assert!(
            text.contains("03:49:17.927") && text.contains("2.5 ms") && text.contains("trace abc"),
            "{text}"
        );
        assert!(text.contains("not complete") && !text.contains("CANDIDATE"), "{text}");
    }
}
