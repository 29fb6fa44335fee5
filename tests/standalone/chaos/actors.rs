//! Chaos by actors: parts of the tree are killed, made to panic, hung and stopped while orders come in.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::campaign::{Campaign, Round};

/// What is done to actors. Hanging is left to the end: it takes as long as the tree takes to see it.
const VERBS: [&str; 4] = ["kill", "panic", "stop", "restart"];

/// A process whose tree gave up is gone within its deadline for stopping.
const GONE_WITHIN: Duration = Duration::from_secs(40);
/// A hang is seen after 10 s; a supervisor's is followed by the end of its children.
const SEEN_WITHIN: Duration = Duration::from_mins(1);

/// Everything in the tree but its top, whose end is the process's end.
fn victims(tree: &Value) -> Vec<String> {
    let actors = tree.as_array().or_else(|| tree["actors"].as_array()).expect("a list of actors");
    let paths = actors.iter().filter_map(|actor| actor["path"].as_str());
    paths.map(|path| path.trim_start_matches('/').to_owned()).filter(|path| path.contains('/')).collect()
}

/// Which incarnation lives at this place; `None` when the process does not answer.
async fn epoch(campaign: &Campaign, path: &str) -> Option<u64> {
    let actor = campaign.tropa.get(&format!("/api/v1/actors/{path}")).await.ok()?.json();
    actor["epoch"].as_u64()
}

/// Too many restarts in a row end the process, by design; whoever runs it starts it again.
async fn start_again(campaign: &mut Campaign) {
    let status = campaign.tropa.ended(GONE_WITHIN).await;
    assert_eq!(status.code(), Some(70), "{}", campaign.tropa.log());
    println!("the tree gave up, started again");
    campaign.restart().await;
}

/// Waits until what was hung has been replaced, or the process has given up and was started again.
async fn replaced(campaign: &mut Campaign, path: &str, hung: u64) {
    let began = Instant::now();
    while began.elapsed() < SEEN_WITHIN {
        match epoch(campaign, path).await {
            Some(epoch) if epoch > hung => return,
            Some(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            None => return start_again(campaign).await,
        }
    }
    panic!("{path} hangs and was not replaced:\n{}", campaign.tropa.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_the_tree_may_die_in_any_order() {
    let mut campaign = Campaign::start("actors").await;
    let tree = campaign.tropa.get("/api/v1/actors").await.expect("the tree").json();
    let victims = victims(&tree);
    assert!(victims.len() > 10, "{tree}");
    campaign.under_load().await;
    let (mut hit, mut faults, mut hung) = (0, 0, None);
    for fault in 0..12 {
        let path = campaign.random.choice(&victims).expect("there are some");
        let verb = if fault == 11 { "hang" } else { campaign.random.choice(VERBS).expect("there are some") };
        println!("{verb} {path}");
        let before = epoch(&campaign, path).await;
        // What is between two incarnations cannot be hit, and says so.
        match campaign
            .tropa
            .post(&format!("/api/v1/actors/{path}/{verb}"), &json!({ "reason": "chaos" }))
            .await
        {
            Ok(answer) if answer.status < 300 => {
                faults += 1;
                hit = hit.max(campaign.load.in_flight());
                hung = before.filter(|_| verb == "hang").map(|epoch| (path.clone(), epoch));
            }
            Ok(answer) => assert!([404, 409].contains(&answer.status), "{answer:?}"),
            Err(_) => {
                campaign.load.stop().await;
                start_again(&mut campaign).await;
                let url = campaign.tropa.url();
                campaign.load.run(url, &mut campaign.random);
            }
        }
        campaign.load.begun(50).await;
    }
    campaign.load.stop().await;
    if let Some((path, epoch)) = hung {
        replaced(&mut campaign, &path, epoch).await;
    } else if campaign.tropa.get("/livez").await.is_err() {
        start_again(&mut campaign).await;
    }
    assert!(faults >= 6, "inconclusive: only {faults} faults hit");
    match campaign.judge(hit).await {
        Round::Judged(verdict) => drop(campaign.report(1, &verdict)),
        Round::Inconclusive(why) => panic!("inconclusive: {why}"),
    }
}
