//! What is forgotten, so that tables stay small.

use futures_util::future::join;
use tokio::sync::oneshot;
use tropa_dispatch::{
    domain::Status,
    port::{OrderStore, PruneBefore},
    testing::sample::{creation, far_away, now},
};

use super::{assert_sound, client, number, two_stores};

/// Nothing but what is pruned regardless of age.
fn nothing() -> PruneBefore {
    let start = now() - time::Duration::days(3_650);
    PruneBefore { published: start, inbox: start, keys: start }
}

#[tokio::test]
async fn counts_are_folded_whether_or_not_anybody_counts() {
    let (store, other, url) = two_stores().await;
    store.create((0..5).map(|i| creation(&format!("o-{i}"))).collect()).await.unwrap();
    let client = client(&url).await;
    let many = "INSERT INTO order_counts SELECT 1 - 2 * (i % 2), 0, 0, 0, 0 FROM generate_series(1, 50000) i";
    client.batch_execute(many).await.unwrap();
    // The sum of each kind stays what it was: one of them has a letter.
    let letters = "INSERT INTO letter_counts SELECT 'kind-' || i % 2, 1 - 2 * (i / 2 % 2) FROM generate_series(0, 49999) i;
                   INSERT INTO letter_counts VALUES ('kind-1', 1)";
    client.batch_execute(letters).await.unwrap();
    let accepted = "INSERT INTO acceptances SELECT 1 - 2 * (i % 2) FROM generate_series(1, 50000) i";
    client.batch_execute(accepted).await.unwrap();
    let (told, mut done) = oneshot::channel();
    let prune = async {
        let pruned = join(store.prune(nothing(), 100), other.prune(nothing(), 100)).await;
        assert_eq!(pruned, (Ok(0), Ok(0)), "no row that is anybody's");
        told.send(()).unwrap();
    };
    let count = async {
        let mut counted = 0;
        while done.try_recv().is_err() {
            let census = other.census().await.unwrap();
            assert_eq!((census.accepted, census.states[Status::Pending]), (5, 5), "while they are folded");
            counted += 1;
        }
        assert!(counted > 0);
    };
    join(prune, count).await;
    let left = number(&client, "SELECT count(*) FROM order_counts").await;
    assert!(left < 1_000, "{left} rows left");
    let left = number(&client, "SELECT count(*) FROM acceptances").await;
    assert!(left < 1_000, "{left} rows of acceptances left");
    let left = number(&client, "SELECT count(*) FROM letter_counts").await;
    assert!(left < 1_000, "{left} rows of letters left");
    let kinds =
        "SELECT count(*) FROM (SELECT fingerprint FROM letter_counts GROUP BY 1 HAVING sum(parked) = 1) k";
    assert_eq!(number(&client, kinds).await, 1);
    client.batch_execute("TRUNCATE letter_counts").await.unwrap();
    assert_eq!(store.counts().await.unwrap()[Status::Pending], 5);
    assert_sound(&client).await;
}

#[tokio::test]
async fn the_inbox_is_forgotten_by_age_whatever_the_ids() {
    let (store, _, url) = two_stores().await;
    store.check().await.unwrap();
    let client = client(&url).await;
    // Young ones of low ids stand before an old one of a high id, as random ids from elsewhere are.
    let fill = "INSERT INTO inbox SELECT 'dispatch', lpad(i::text, 32, '0')::uuid, now() FROM generate_series(1, 100) i;
                INSERT INTO inbox VALUES ('dispatch', 'ffffffff-0000-4000-8000-000000000000', now() - interval '30 days')";
    client.batch_execute(fill).await.unwrap();
    let before = PruneBefore { inbox: now() - time::Duration::days(7), ..nothing() };
    assert_eq!(store.prune(before, 10).await.unwrap(), 1);
    assert_eq!(store.prune(before, 10).await.unwrap(), 0);
    assert_eq!(store.prune(PruneBefore { inbox: far_away(), ..nothing() }, 1_000).await.unwrap(), 100);
}
