//! Dashboards, rules and alerts speak of metrics and labels that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};

use crate::harness::Tropa;

/// What Prometheus adds to every series.
const ADDED: [&str; 2] = ["instance", "job"];

/// A metric, or a rule's result, as an expression names it.
#[derive(Debug, Default, PartialEq)]
struct Selector {
    name: String,
    /// Label, operator, value.
    matchers: Vec<(String, String, String)>,
}

/// What `/metrics` offers: by series name, each label with its values.
type Offer = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dashboards_rules_and_alerts_use_what_is_there() {
    let data = tempfile::tempdir().unwrap();
    let tropa = Tropa::start(data.path()).await;
    tropa.enter_driver("joao", -23.55, -46.63).await;
    let order = json!({ "id": "charted", "price": "1.00", "tax": "1.00" });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 201);
    let dispatched = async {
        loop {
            let text = tropa.get("/metrics").await.unwrap().text;
            if text.contains("tropa_orders_total{status=\"DISPATCHED\"} 1") {
                return offer(&text);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let offer = tokio::time::timeout(Duration::from_secs(15), dispatched).await.expect("it is dispatched");
    let rules = texts("docker/prometheus/rules", "yml");
    let recorded: BTreeSet<_> = rules.iter().flat_map(|(_, text)| recorded(text)).collect();
    let labels: BTreeSet<&str> =
        offer.values().flat_map(BTreeMap::keys).map(String::as_str).chain(ADDED).collect();
    let (mut used, mut wrong) = (0, Vec::new());
    let charts = texts("docker/grafana/dashboards", "json");
    let charts = charts.into_iter().map(|(file, text)| (file, expressions(&text).join("\n")));
    for (file, text) in charts.chain(rules) {
        for selector in selectors(&text) {
            used += 1;
            let lacks = lacks(&selector, &offer, &recorded);
            wrong.extend(lacks.map(|what| format!("{}: {what}", file.display())));
        }
        let unknown = grouped(&text).filter(|label| !labels.contains(label));
        wrong.extend(unknown.map(|label| format!("{}: no metric has {label}", file.display())));
    }
    assert!(used > 60, "only {used} were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_metric_or_label_that_is_not_there_is_found() {
    let offer = offer("# TYPE tropa_a counter\ntropa_a{state=\"open\"} 1\n");
    let recorded = BTreeSet::from(["tropa:a:rate".to_owned()]);
    let wrong = |text: &str| selectors(text).iter().filter_map(|one| lacks(one, &offer, &recorded)).count();
    assert_eq!(wrong(r#"sum(tropa_a{state="open", instance=~"$i"}) / tropa:a:rate"#), 0);
    for broken in ["tropa_b", "tropa:a:sum", r#"tropa_a{shape="open"}"#, r#"tropa_a{state="ajar"}"#] {
        assert_eq!(wrong(broken), 1, "{broken}");
    }
    assert_eq!(
        grouped("sum by (le, actor) (x) / max by (state) (y)").collect::<Vec<_>>(),
        ["le", "actor", "state"]
    );
    assert_eq!(selectors(r#"rate(tropa_a{state="a,}b",x!="y"}[1m])"#)[0].matchers.len(), 2);
}

/// The labels that anything is grouped by.
fn grouped(text: &str) -> impl Iterator<Item = &str> {
    let groups = text.split("by (").skip(1).filter_map(|group| group.split(')').next());
    groups.flat_map(|group| group.split(',').map(str::trim))
}

/// What this selector asks for and nobody has.
fn lacks(selector: &Selector, offer: &Offer, recorded: &BTreeSet<String>) -> Option<String> {
    let name = &selector.name;
    if name.contains(':') {
        return (!recorded.contains(name)).then(|| format!("no rule records {name}"));
    }
    let Some(labels) = offer.get(name) else { return Some(format!("/metrics has no {name}")) };
    selector.matchers.iter().filter(|(label, ..)| !ADDED.contains(&label.as_str())).find_map(
        |(label, operator, value)| match labels.get(label) {
            None => Some(format!("{name} has no label {label}")),
            Some(values) if operator == "=" && !values.contains(value) => {
                Some(format!("{name} has no {label}=\"{value}\", but {values:?}"))
            }
            Some(_) => None,
        },
    )
}

/// Every selector of a metric of ours in this text.
fn selectors(text: &str) -> Vec<Selector> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(word) {
        rest = &rest[start..];
        let (name, after) = rest.split_at(rest.find(|c| !word(c)).unwrap_or(rest.len()));
        rest = after;
        if ["tropa_", "tropa:", "process_"].iter().any(|ours| name.starts_with(ours)) {
            let (matchers, after) = after.strip_prefix('{').map_or((Vec::new(), after), matchers);
            rest = after;
            found.push(Selector { name: name.to_owned(), matchers });
        }
    }
    found
}

/// The matchers up to the brace that closes them, and what follows.
fn matchers(mut text: &str) -> (Vec<(String, String, String)>, &str) {
    let mut matchers = Vec::new();
    while let Some((head, tail)) = text.split_once('"') {
        let head = head.trim_start_matches([',', ' ']);
        if head.starts_with('}') {
            break;
        }
        let (value, after) = tail.split_once('"').expect("a value ends");
        let name = head.trim_end_matches(['=', '!', '~']);
        matchers.push((name.trim().to_owned(), head[name.len()..].to_owned(), value.to_owned()));
        text = after;
    }
    (matchers, text.split_once('}').map_or("", |(_, after)| after))
}

/// The series of a scrape. Label values of ours hold no quotes.
fn offer(scrape: &str) -> Offer {
    let mut offer = Offer::new();
    for line in scrape.lines().filter(|line| !line.starts_with('#')) {
        for Selector { name, matchers } in selectors(line) {
            let labels = offer.entry(name).or_default();
            for (label, _, value) in matchers {
                labels.entry(label).or_default().insert(value);
            }
        }
    }
    offer
}

fn recorded(rules: &str) -> impl Iterator<Item = String> {
    rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ").map(str::to_owned))
}

/// Every `expr` and every `query` in a dashboard.
fn expressions(dashboard: &str) -> Vec<String> {
    fn gather(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match value.as_str() {
                        Some(text) if ["expr", "query", "definition"].contains(&key.as_str()) => {
                            found.push(text.to_owned());
                        }
                        _ => gather(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| gather(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(&serde_json::from_str(dashboard).expect("a dashboard is JSON"), &mut found);
    found
}

fn texts(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|is| is == extension));
    files.map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}
