//! SIGKILL at random moments under load.

use std::time::Duration;

use super::campaign::{Campaign, Round, rounds};

/// Rounds on one data folder; with all that came before, a later round is judged more slowly.
const ROUNDS_A_FOLDER: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_at_any_moment_loses_nothing_and_repeats_nothing() {
    let mut campaign = Campaign::start("sigkill").await;
    let wanted = rounds();
    let (mut judged, mut begun) = (0, 0);
    while judged < wanted {
        begun += 1;
        assert!(begun <= 2 * wanted, "inconclusive: only {judged} of {begun} rounds hit enough requests");
        campaign.under_load().await;
        let hit = campaign.kill().await;
        campaign.load.stop().await;
        if campaign.random.bool() {
            // Again, while it recovers: somewhere between the first instruction and the first new order.
            let moment = Duration::from_micros(campaign.random.u64(0..300_000));
            campaign.setup.start_and_kill_after(moment).await;
        }
        campaign.restart().await;
        match campaign.judge(hit).await {
            Round::Judged(verdict) => {
                judged += 1;
                campaign = campaign.report(judged, &verdict);
                println!("  killed with {hit} requests in flight");
                if judged % ROUNDS_A_FOLDER == 0 && judged < wanted {
                    campaign = campaign.next().await;
                }
            }
            Round::Inconclusive(why) => println!("inconclusive: {why}"),
        }
    }
}
