//! Asked to leave.

use std::{collections::HashSet, io::Write, net::TcpStream, time::Duration};

use super::campaign::Campaign;
use crate::{
    checker::{self, Outcome, Wanted},
    harness::Tropa,
};

/// Under load there are requests in flight at any moment, or soon after.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a clean stop may take, by design.
const STOPPED_WITHIN: Duration = Duration::from_secs(35);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_load_answers_what_it_took_and_loses_nothing() {
    let mut campaign = Campaign::start("sigterm").await;
    campaign.under_load().await;
    // A little early or late there may be none underway.
    tokio::time::timeout(PATIENCE, async {
        while campaign.load.in_flight() < 4 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("inconclusive: never four requests in flight");
    campaign.tropa.signal("TERM");
    let status = campaign.tropa.ended(STOPPED_WITHIN).await;
    campaign.load.stop().await;
    assert!(status.success(), "{status}\n{}", campaign.tropa.log());

    // Whoever got no answer was not taken: a request refused at the door has left nothing in the house.
    let attempts = checker::attempts(campaign.load.ledger()).expect("the ledger");
    let left = super::database::load(&campaign.tropa.database()).expect("the database");
    let orders: HashSet<&str> = left.orders.iter().map(|order| order.id.as_str()).collect();
    let acknowledged: HashSet<&str> = attempts
        .iter()
        .filter(|attempt| matches!(attempt.outcome, Outcome::Accepted { .. }))
        .map(|attempt| attempt.wanted.id())
        .collect();
    for attempt in &attempts {
        let Wanted::Create { id, .. } = &attempt.wanted else { continue };
        let kept = orders.contains(id.as_str()) && !acknowledged.contains(id.as_str());
        assert!(!kept, "{id} is stored and its client was never told: {:?}", attempt.outcome);
    }

    campaign.restart().await;
    let verdict = checker::check(&campaign.evidence().await);
    drop(campaign.report(1, &verdict));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_ctrl_c_ends_it_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut tropa = Tropa::start(data.path()).await;
    // A request that never becomes whole keeps an orderly stop waiting.
    let mut slow = TcpStream::connect(tropa.addresses().http).unwrap();
    slow.write_all(b"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
        .unwrap();
    tropa.signal("INT");
    while tropa.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
        tokio::task::yield_now().await;
    }
    tropa.signal("INT");
    let status = tropa.ended(Duration::from_secs(3)).await;
    assert!(!status.success(), "{status}: an orderly stop had no time to end");
}
