//! Orders that come in at several instances at once.

use futures_util::future::{join, join_all};
use tropa_dispatch::{
    domain::Fingerprint,
    port::{Created, Creation, IdempotencyKey, OrderStore},
    testing::sample::{creation, creation_of, full_order, new_order},
};

use super::{assert_sound, client, number, two_stores};

fn keyed(id: &str, key: &str) -> Creation {
    let key = IdempotencyKey { scope: "ana POST /orders".to_owned(), former: None, key: key.to_owned() };
    Creation { key: Some(key), fingerprint: Fingerprint::of_text("the same request"), ..creation(id) }
}

/// How the outcomes of one identity are spread.
fn stored(created: &[Vec<Created>]) -> usize {
    created.iter().flatten().filter(|created| **created == Created::Stored).count()
}

#[tokio::test]
async fn one_id_at_two_instances_makes_one_order() {
    let (one, other, url) = two_stores().await;
    for round in 0..20 {
        // In opposite orders: whoever locks as it comes waits in a circle.
        let ids: Vec<_> = (0..50).map(|i| format!("o-{round}-{i}")).collect();
        let batch = ids.iter().map(|id| creation(id)).collect::<Vec<_>>();
        let backwards = ids.iter().rev().map(|id| creation(id)).collect();
        let created = join_all([one.create(batch.into()), other.create(backwards)]).await;
        let created: Vec<_> = created.into_iter().map(Result::unwrap).collect();
        assert_eq!(stored(&created), 50);
        let existing = created.iter().flatten().filter(|c| matches!(c, Created::Existing(_))).count();
        assert_eq!(existing, 50, "the others were told of it");
    }
    assert_sound(&client(&url).await).await;
}

#[tokio::test]
async fn one_key_at_two_instances_makes_one_order() {
    let (one, other, url) = two_stores().await;
    for round in 0..20 {
        // The caller gave no id: each instance makes its own.
        let batch = |name: &str| -> Vec<_> {
            (0..30).map(|i| keyed(&format!("{name}-{round}-{i}"), &format!("{round}-{i}"))).collect()
        };
        let mut backwards = batch("b");
        backwards.reverse();
        let created = join_all([one.create(batch("a").into()), other.create(backwards.into())]).await;
        let created: Vec<_> = created.into_iter().map(Result::unwrap).collect();
        assert_eq!(stored(&created), 30);
        let replayed = created.iter().flatten().filter(|c| matches!(c, Created::Replayed(_))).count();
        assert_eq!(replayed, 30, "the others got the one order");
    }
    let client = client(&url).await;
    assert_eq!(number(&client, "SELECT count(*) FROM orders").await, 600);
    assert_sound(&client).await;
}

#[tokio::test]
async fn one_number_at_two_instances_makes_one_order() {
    let (one, other, url) = two_stores().await;
    for round in 0..20 {
        let batch = |name: &str| -> Vec<_> {
            let numbered = |i: usize| {
                let mut new = new_order(&format!("{name}-{round}-{}", 100 - i));
                new.details.order_number = Some(format!("n-{round}-{i}").parse().unwrap());
                creation_of(new)
            };
            (0..30).map(numbered).collect()
        };
        let mut backwards = batch("b");
        backwards.reverse();
        let created = join_all([one.create(batch("a").into()), other.create(backwards.into())]).await;
        let created: Vec<_> = created.into_iter().map(Result::unwrap).collect();
        assert_eq!(stored(&created), 30);
        let refused = created.iter().flatten().filter(|c| **c == Created::NumberTaken).count();
        assert_eq!(refused, 30);
    }
    assert_sound(&client(&url).await).await;
}

#[tokio::test]
async fn who_is_refused_harms_no_neighbour() {
    let (store, _, url) = two_stores().await;
    let full = creation_of(full_order("full"));
    let number = full.order.details.order_number.clone();
    assert_eq!(
        store.create(vec![full.clone(), keyed("k", "key")].into()).await.unwrap(),
        [Created::Stored, Created::Stored]
    );

    let mut same_number = new_order("same-number");
    same_number.details.order_number.clone_from(&number);
    let same_number = Creation { key: keyed("x", "free").key, ..creation_of(same_number) };
    let other_content = Creation { fingerprint: Fingerprint::of_text("other"), ..creation("full") };
    let reused = Creation { fingerprint: Fingerprint::of_text("other"), ..keyed("reused", "key") };
    let batch = vec![
        creation("first"),
        same_number,
        other_content,
        reused,
        keyed("replayed", "key"),
        full,
        keyed("takes-the-key", "free"),
        creation("first"),
        keyed("again", "free"),
        creation("last"),
    ];
    let created = store.create(batch.into()).await.unwrap();
    let told: Vec<_> = created
        .iter()
        .map(|created| match created {
            Created::Stored => "stored".to_owned(),
            Created::Existing(order) => format!("existing {}", order.id),
            Created::Replayed(order) => format!("replayed {}", order.id),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "stored",
        "NumberTaken",
        "IdTaken",
        "KeyReused",
        "replayed k",
        "existing full",
        "stored",
        "existing first",
        "replayed takes-the-key",
        "stored",
    ];
    assert_eq!(told, expected);
    assert_sound(&client(&url).await).await;
}

#[tokio::test]
async fn many_of_one_id_in_one_batch_take_few_rounds() {
    let (store, _, url) = two_stores().await;
    let batch = (0..500).map(|_| creation("a")).collect();
    let created = store.create(batch).await.unwrap();
    assert_eq!(created[0], Created::Stored);
    assert!(created[1..].iter().all(|created| matches!(created, Created::Existing(_))));
    assert_sound(&client(&url).await).await;
}

#[tokio::test]
async fn what_is_taken_while_a_batch_waits_for_it_is_seen() {
    let (store, _, url) = two_stores().await;
    assert_eq!(store.create(vec![creation("theirs")].into()).await.unwrap(), [Created::Stored]);
    let (them, watch) = (client(&url).await, client(&url).await);
    for (round, first) in [vec![], vec![creation("twice"), creation("twice")]].into_iter().enumerate() {
        // Somebody is about to take the number, and has not committed.
        let taken = format!("BEGIN; UPDATE orders SET order_number = 'n-{round}' WHERE id = 'theirs'");
        them.batch_execute(&taken).await.unwrap();
        let mut wants = new_order(&format!("wants-{round}"));
        wants.details.order_number = Some(format!("n-{round}").parse().unwrap());
        let wants = Creation { key: keyed("-", &format!("k-{round}")).key, ..creation_of(wants) };
        let before = first.len();
        let batch = first.into_iter().chain([wants, creation(&format!("neighbour-{round}"))]).collect();
        let commit = async {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event = 'transactionid'";
            while number(&watch, waiting).await == 0 {}
            them.batch_execute("COMMIT").await.unwrap();
        };
        let (created, ()) = join(store.create(batch), commit).await;
        assert_eq!(created.unwrap()[before..], [Created::NumberTaken, Created::Stored]);
        // Its key was not used up.
        let free = keyed(&format!("free-{round}"), &format!("k-{round}"));
        assert_eq!(store.create(vec![free].into()).await.unwrap(), [Created::Stored]);
    }
    assert_sound(&watch).await;
}
