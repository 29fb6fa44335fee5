//! `tropa actors`: the supervision tree, and doing things to it on purpose.

mod effects;
mod history;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    client::{Call, Client},
    output::{Output, say},
    path::with_query,
    table::{Column, card, lasting, list, micros, moment},
};

/// The tree.
#[derive(Debug, Subcommand)]
pub(super) enum Actors {
    /// All of it
    List {
        /// Of this instance, or of `all`
        #[arg(long)]
        instance: Option<String>,
    },
    /// One actor
    Show {
        /// Its path, such as tropa/outbox/relay
        path: String,
        /// Of this instance
        #[arg(long)]
        instance: Option<String>,
    },
    /// What one was like in the last quarter of an hour
    History {
        /// Its path, such as tropa/outbox/relay
        path: String,
        /// Of this instance
        #[arg(long)]
        instance: Option<String>,
    },
    /// What each command would do to one just now
    Effects {
        /// Its path, such as tropa/outbox/relay
        path: String,
        /// Of this instance
        #[arg(long)]
        instance: Option<String>,
    },
    /// End one in good order; its supervisor decides what follows
    Stop(Target),
    /// End one where it stands
    Kill(Target),
    /// Make one panic
    Panic(Target),
    /// Make one handle nothing any more
    Hang(Target),
    /// Block one's thread, and every actor there, for a while
    Block {
        #[command(flatten)]
        target: Target,
        /// For so long, 30000 at most
        #[arg(long, value_name = "MS", default_value_t = 1_000)]
        for_ms: u64,
    },
    /// Have one handle each message later, for a while
    Slow {
        #[command(flatten)]
        target: Target,
        /// By so much
        #[arg(long, value_name = "MS", default_value_t = 100)]
        delay_ms: u64,
        /// For so long
        #[arg(long, value_name = "MS", default_value_t = 60_000)]
        for_ms: u64,
    },
    /// Replace one in good order
    Restart(Target),
    /// Hold one
    Suspend(Target),
    /// Let one go on
    Resume(Target),
}

/// The actor a command is for.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Its path, such as tropa/outbox/relay
    path: String,
    /// Why; kept with the event
    #[arg(long, default_value = "from the command line")]
    reason: String,
    /// Only this incarnation, never its replacement
    #[arg(long)]
    epoch: Option<u64>,
    /// In this instance, whichever is asked
    #[arg(long)]
    instance: Option<String>,
}

const TREE: [Column; 15] = [
    Column::text("ACTOR", "/tree"),
    Column::text("STATE", "/state"),
    Column::text("EPOCH", "/epoch"),
    Column::text("RESTARTS", "/restarts"),
    Column::text("LEFT", "/budget_left"),
    Column::text("MAILBOX", "/mailbox"),
    Column::text("HANDLED", "/handled"),
    Column::text("ROUNDS", "/rounds"),
    Column::shown("WAIT p99", "/wait_p99_us", micros),
    Column::shown("HANDLE p99", "/handle_p99_us", micros),
    Column::shown("UP", "/uptime_ms", lasting),
    Column::text("LAST EXIT", "/last_exit/kind"),
    Column::text("CONDITION", "/condition"),
    Column::text("DOING", "/doing"),
    Column::text("INSTANCE", "/instance"),
];

const CARD: [Column; 25] = [
    Column::text("instance", "/instance"),
    Column::text("path", "/path"),
    Column::text("kind", "/kind"),
    Column::text("state", "/state"),
    Column::text("condition", "/condition"),
    Column::text("epoch", "/epoch"),
    Column::shown("up", "/uptime_ms", lasting),
    Column::text("restart", "/restart"),
    Column::text("restarts", "/restarts"),
    Column::text("restarts left", "/budget_left"),
    Column::text("last exit", "/last_exit/kind"),
    Column::text("because", "/last_exit/detail"),
    Column::shown("at", "/last_exit_at", moment),
    Column::text("mailbox", "/mailbox_depth"),
    Column::text("of", "/mailbox_capacity"),
    Column::text("handled", "/handled"),
    Column::text("doing", "/current/message"),
    Column::text("loops", "/rounds_made"),
    Column::text("children", "/dynamic/living"),
    Column::text("panicked", "/dynamic/panicked"),
    Column::text("hung", "/dynamic/hung"),
    Column::shown("wait p50", "/wait_p50_us", micros),
    Column::shown("wait p99", "/wait_p99_us", micros),
    Column::shown("handle p50", "/handle_p50_us", micros),
    Column::shown("handle p99", "/handle_p99_us", micros),
];

impl Actors {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        let look = async |path: String, instance, shown: fn(Value) -> String| {
            let answer = client.call(Call::get(with_query(&path, &[("instance", instance)]))).await?;
            match output {
                Output::Json => say(&answer.text),
                Output::Table => say(&shown(answer.json)),
            }
            anyhow::Ok(())
        };
        let (verb, target, mut body) = match self {
            Self::List { instance } => {
                return look("/api/v1/actors".to_owned(), instance, |actors| tree(&actors)).await;
            }
            Self::Show { path, instance } => return look(place(&path), instance, one).await,
            Self::History { path, instance } => {
                let shown = |history| history::shown(&history);
                return look(format!("{}/history", place(&path)), instance, shown).await;
            }
            Self::Effects { path, instance } => {
                let shown = |effects| effects::shown(&effects);
                return look(format!("{}/effects", place(&path)), instance, shown).await;
            }
            Self::Stop(target) => ("stop", target, json!({})),
            Self::Kill(target) => ("kill", target, json!({})),
            Self::Panic(target) => ("panic", target, json!({})),
            Self::Hang(target) => ("hang", target, json!({})),
            Self::Block { target, for_ms } => ("block", target, json!({ "for_ms": for_ms })),
            Self::Slow { target, delay_ms, for_ms } => {
                ("slow", target, json!({ "delay_ms": delay_ms, "for_ms": for_ms }))
            }
            Self::Restart(target) => ("restart", target, json!({})),
            Self::Suspend(target) => ("suspend", target, json!({})),
            Self::Resume(target) => ("resume", target, json!({})),
        };
        let Target { path, reason, epoch, instance } = target;
        body["reason"] = reason.into();
        if let Some(epoch) = epoch {
            body["epoch"] = epoch.into();
        }
        let verb_path = with_query(&format!("{}/{verb}", place(&path)), &[("instance", instance)]);
        let answer = client.call(Call::post(verb_path, &body)).await?;
        match output {
            Output::Json => say(&answer.text),
            Output::Table => say(&format!("{verb} sent to {path}, epoch {}", answer.json["actor"]["epoch"])),
        }
        Ok(())
    }
}

/// Slashes stay: they are what the path is made of.
fn place(path: &str) -> String {
    let segments = path.trim_matches('/').split('/').map(super::path::encoded);
    format!("/api/v1/actors/{}", segments.collect::<Vec<_>>().join("/"))
}

/// Everything about one, a line a loop.
fn one(mut actor: Value) -> String {
    actor["rounds_made"] = loops(&actor, |each| {
        let rate = each["per_second"].as_f64().unwrap_or_default();
        format!("{}: {} rounds, {rate:.1}/s{}", text(&each["name"]), each["rounds"], doing(each, ", "))
    });
    card(&actor, &CARD)
}

/// One line a loop; null where there is none.
fn loops(actor: &Value, line: impl Fn(&Value) -> String) -> Value {
    let lines: Vec<String> = actor["loops"].as_array().into_iter().flatten().map(line).collect();
    if lines.is_empty() { Value::Null } else { lines.join("\n").into() }
}

/// What a loop does, and for how long.
fn doing(each: &Value, before: &str) -> String {
    let doing = each["doing"].as_str();
    doing.map_or_else(String::new, |doing| format!("{before}{doing} for {}", lasting(&each["for_ms"])))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Indented by depth, with the mailbox as `waiting/room`.
fn tree(actors: &Value) -> String {
    let row = |actor: &Value| {
        let path = actor["path"].as_str().unwrap_or_default();
        let depth = path.trim_matches('/').matches('/').count();
        let mut row = actor.clone();
        row["tree"] = format!("{}{}", "  ".repeat(depth), actor["name"].as_str().unwrap_or(path)).into();
        row["rounds"] = loops(actor, |each| each["rounds"].to_string());
        row["doing"] = loops(actor, |each| match text(&each["name"]) {
            // It is nothing but this loop.
            name if name == text(&actor["name"]) => doing(each, ""),
            name => format!("{name}{}", doing(each, ": ")),
        });
        row["mailbox"] = format!("{}/{}", actor["mailbox_depth"], actor["mailbox_capacity"]).into();
        row
    };
    let rows: Vec<Value> = actors.as_array().into_iter().flatten().map(row).collect();
    list(&rows, &TREE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_indented() {
        let actors = json!([
            {"instance": "a", "path": "/tropa", "name": "tropa", "state": "running", "mailbox_depth": 0, "mailbox_capacity": 16},
            {"instance": "a", "path": "/tropa/intake", "name": "intake", "state": "running", "mailbox_depth": 3, "mailbox_capacity": 512,
                "loops": [{"name": "backlog", "rounds": 7, "per_second": 4.0, "doing": "in a round", "for_ms": 250}]},
            {"instance": "a", "path": "/tropa/relay", "name": "relay", "state": "running", "mailbox_depth": 0, "mailbox_capacity": 64,
                "loops": [{"name": "relay", "rounds": 2, "per_second": 4.0, "doing": "claiming", "for_ms": 3}]},
        ]);
        let shown = tree(&actors);
        let lines: Vec<_> = shown.lines().collect();
        assert!(lines[1].starts_with("tropa ") && lines[2].starts_with("  intake"), "{shown}");
        assert!(lines[2].contains("3/512"), "{shown}");
        assert!(lines[2].contains(" 7 ") && lines[2].contains(" backlog: in a round for 250 ms"), "{shown}");
        assert!(lines[3].contains(" claiming for 3 ms") && !lines[3].contains(": claiming"), "{shown}");
        let shown = one(actors[1].clone());
        assert!(shown.contains("backlog: 7 rounds, 4.0/s, in a round for 250 ms"), "{shown}");
        assert_eq!(place("/tropa/out box/relay/"), "/api/v1/actors/tropa/out%20box/relay");
    }
}
