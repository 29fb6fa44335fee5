//! Chaos by actors: parts of the tree are killed, made to panic, hung and stopped while orders come in.

use std::time::Duration;

use serde_json::{Value, json};

use super::campaign::{Campaign, Round};

/// What is done to actors. Hanging is left to the end: it takes as long as the tree takes to see it.
const VERBS: [&str; 4] = ["kill", "panic", "stop", "restart"];

/// Everything in the tree but its top, whose end is the process's end.
fn victims(tree: &Value) -> Vec<String> {
    let actors = tree.as_array().or_else(|| tree["actors"].as_array()).expect("a list of actors");
    let paths = actors.iter().filter_map(|actor| actor["path"].as_str());
    paths.map(|path| path.trim_start_matches('/').to_owned()).filter(|path| path.contains('/')).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_the_tree_may_die_in_any_order() {
    let mut campaign = Campaign::start("actors").await;
    let tree = campaign.tropa.get("/api/v1/actors").await.expect("the tree").json();
    let victims = victims(&tree);
    assert!(victims.len() > 10, "{tree}");
    campaign.under_load().await;
    let (mut hit, mut faults) = (0, 0);
    for fault in 0..12 {
        let path = campaign.random.choice(&victims).expect("there are some");
        let verb = if fault == 11 { "hang" } else { campaign.random.choice(VERBS).expect("there are some") };
        let url = format!("/api/v1/actors/{path}/{verb}");
        println!("{verb} {path}");
        // What is between two incarnations cannot be hit, and says so.
        match campaign.tropa.post(&url, &json!({ "reason": "chaos" })).await {
            Ok(answer) if answer.status < 300 => {
                faults += 1;
                hit = hit.max(campaign.load.in_flight());
            }
            Ok(answer) => assert!([404, 409].contains(&answer.status), "{answer:?}"),
            Err(error) => {
                // Too many restarts in a row end the process, by design; whoever runs it starts it again.
                println!("the process is gone: {error:#}");
                let status = campaign.tropa.ended(Duration::from_secs(40)).await;
                assert_eq!(status.code(), Some(70), "{}", campaign.tropa.log());
                campaign.load.stop().await;
                campaign.restart().await;
                let url = campaign.tropa.url();
                campaign.load.run(url, &mut campaign.random);
            }
        }
        campaign.load.begun(50).await;
    }
    campaign.load.stop().await;
    assert!(faults >= 6, "inconclusive: only {faults} faults hit");
    match campaign.judge(hit).await {
        Round::Judged(verdict) => drop(campaign.report(1, &verdict)),
        Round::Inconclusive(why) => panic!("inconclusive: {why}"),
    }
}
