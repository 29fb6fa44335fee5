//! `tropa pipeline`: every stage at a glance, what is promised, and what needs a person.

use clap::Args;
use serde_json::Value;

use super::{
    client::{Call, Client},
    output::{Output, say},
    table::{Column, lasting, list},
};

/// The pipeline, as the instance that is asked sees it.
#[derive(Debug, Args)]
pub(super) struct Pipeline {}

const STAGES: [Column; 9] = [
    Column::text("STAGE", "/stage"),
    Column::text("STATE", "/state"),
    Column::text("PER SECOND", "/per_second"),
    Column::shown("p50", "/p50_ms", millis),
    Column::shown("p99", "/p99_ms", millis),
    Column::text("DEPTH", "/depth"),
    Column::text("OF", "/capacity"),
    Column::shown("OLDEST", "/oldest_ms", lasting),
    Column::text("NOTE", "/note"),
];

const SLO: [Column; 5] = [
    Column::text("PROMISE", "/name"),
    Column::shown("TARGET", "/target", percent),
    Column::shown("ATTAINED", "/attained", percent),
    Column::shown("BUDGET LEFT", "/budget_left", percent),
    Column::shown("WITHIN", "/window_ms", lasting),
];

const ATTENTION: [Column; 2] = [Column::text("NEEDS A PERSON", "/kind"), Column::text("COUNT", "/count")];

impl Pipeline {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        let answer = client.call(Call::get("/api/v1/pipeline")).await?;
        match output {
            Output::Json => say(&answer.text),
            Output::Table => say(&shown(&answer.json)),
        }
        Ok(())
    }
}

fn shown(pipeline: &Value) -> String {
    let rows = |name: &str| pipeline[name].as_array().cloned().unwrap_or_default();
    let mut parts = vec![list(&rows("stages"), &STAGES), list(&rows("slo"), &SLO)];
    if !rows("attention").is_empty() {
        parts.push(list(&rows("attention"), &ATTENTION));
    }
    parts.join("\n\n")
}

fn millis(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |ms| format!("{ms:.1} ms"))
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |share| format!("{:.2} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_needs_is_not_shown() {
        let mut pipeline = json!({
            "stages": [{ "stage": "intake", "state": "ok", "per_second": 1.5, "p50_ms": 2.0, "oldest_ms": 3000 }],
            "slo": [{ "name": "intake_fast", "target": 0.95, "attained": null, "budget_left": 1.0, "window_ms": 60000 }],
            "attention": [],
        });
        let quiet = shown(&pipeline);
        assert!(quiet.contains("2.0 ms") && quiet.contains("3 s") && quiet.contains("95.00 %"), "{quiet}");
        assert!(!quiet.contains("NEEDS A PERSON"));
        pipeline["attention"] = json!([{ "kind": "dead_letters", "count": 3 }]);
        assert!(shown(&pipeline).contains("dead_letters"));
    }
}
