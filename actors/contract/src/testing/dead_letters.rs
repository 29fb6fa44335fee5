//! What a [`DeadLetters`] must do.

use super::{
    order_store::{accept, claim, events},
    sample::{creation, job, letter},
};
use crate::{
    domain::{DeadLetter, DeadLetterState, Fingerprint},
    port::{DeadLetterFilter, DeadLetters, OrderStore, Outbox},
};

/// Runs every case, each on a fresh store.
pub async fn suite<S: OrderStore + Outbox + DeadLetters>(fresh: impl AsyncFn() -> S) {
    a_letter_is_kept_whole(&fresh().await).await;
    a_second_parking_updates_the_first(&fresh().await).await;
    of_several_about_one_message_the_last_counts(&fresh().await).await;
    filters_narrow(&fresh().await).await;
    letters_of_one_kind_form_a_group(&fresh().await).await;
    a_replayed_letter_is_sent_once(&fresh().await).await;
    a_discarded_letter_says_why(&fresh().await).await;
    a_discarded_letter_can_be_parked_again(&fresh().await).await;
    what_matches_is_picked(&fresh().await).await;
    the_last_minutes_are_counted(&fresh().await).await;
}

trait All: OrderStore + Outbox + DeadLetters {}
impl<T: OrderStore + Outbox + DeadLetters> All for T {}

fn any() -> DeadLetterFilter {
    DeadLetterFilter { limit: 100, ..DeadLetterFilter::default() }
}

async fn list(store: &impl DeadLetters, filter: DeadLetterFilter) -> Vec<DeadLetter> {
    store.list(filter).await.unwrap()
}

async fn all(store: &impl DeadLetters) -> Vec<DeadLetter> {
    list(store, any()).await
}

/// `count` letters with one error, each seen later than the one before.
fn letters(error: &str, count: i64) -> Vec<DeadLetter> {
    let order = creation("a").order;
    (0..count)
        .map(|i| {
            let letter = letter(&order, error);
            DeadLetter { last_seen: letter.last_seen + time::Duration::seconds(i), ..letter }
        })
        .collect()
}

async fn a_letter_is_kept_whole(store: &impl All) {
    let full = letters("out of attempts", 1).remove(0);
    let bare = DeadLetter { order_id: None, headers: [].into(), ..letters("no json", 1).remove(0) };
    store.park(vec![full.clone(), bare.clone()]).await.unwrap();
    let by_id = |letter: &DeadLetter| DeadLetterFilter { ids: Some(vec![letter.id]), ..any() };
    assert_eq!(list(store, by_id(&full)).await, [full]);
    assert_eq!(list(store, by_id(&bare)).await, [bare]);
    assert_eq!(store.parked().await.unwrap(), 2);
}

async fn a_second_parking_updates_the_first(store: &impl All) {
    let first = letters("first \"x\"", 1).remove(0);
    store.park(vec![first.clone()]).await.unwrap();
    assert_eq!(store.discard(vec![first.id], "old").await.unwrap(), 1);
    let second = letters("second", 2).remove(1);
    let again = DeadLetter { event_id: first.event_id, attempts: 6, ..second };
    store.park(vec![again.clone()]).await.unwrap();
    let expected = DeadLetter {
        error: again.error,
        fingerprint: again.fingerprint,
        attempts: 6,
        last_seen: again.last_seen,
        ..first
    };
    assert_eq!(all(store).await, [expected], "parked again, under its first id");
}

async fn of_several_about_one_message_the_last_counts(store: &impl All) {
    let [first, other, last] = <[_; 3]>::try_from(letters("first", 3)).unwrap();
    let last = DeadLetter {
        event_id: first.event_id,
        error: "last".to_owned(),
        fingerprint: Fingerprint::of_error("last"),
        topic: "orders.cancelled".to_owned(),
        payload: "{}".to_owned(),
        first_seen: last.last_seen,
        attempts: 7,
        ..last
    };
    store.park(vec![first.clone(), other.clone(), last.clone()]).await.unwrap();
    let expected = DeadLetter {
        error: last.error,
        fingerprint: last.fingerprint,
        attempts: 7,
        last_seen: last.last_seen,
        ..first
    };
    assert_eq!(all(store).await, [expected, other], "under the identity of the first");
    assert_eq!(store.parked().await.unwrap(), 2);
}

async fn filters_narrow(store: &impl All) {
    let (timeouts, refusals) = (letters("timeout 1", 3), letters("refused", 1));
    let other = DeadLetter {
        topic: "orders.cancelled".to_owned(),
        order_id: Some("other".parse().unwrap()),
        ..letters("odd", 5).remove(4)
    };
    store.park([timeouts.clone(), refusals.clone(), vec![other.clone()]].concat()).await.unwrap();
    let found =
        async |filter| list(store, filter).await.into_iter().map(|letter| letter.id).collect::<Vec<_>>();
    let ids = |letters: &[DeadLetter]| letters.iter().rev().map(|letter| letter.id).collect::<Vec<_>>();
    let of_kind = DeadLetterFilter { fingerprint: Some(Fingerprint::of_error("timeout 2")), ..any() };
    assert_eq!(found(of_kind.clone()).await, ids(&timeouts), "newest first");
    let page = DeadLetterFilter { limit: 1, offset: 1, ..of_kind };
    assert_eq!(found(page).await, [timeouts[1].id]);
    assert_eq!(found(DeadLetterFilter { topic: Some(other.topic.clone()), ..any() }).await, [other.id]);
    assert_eq!(found(DeadLetterFilter { order_id: other.order_id.clone(), ..any() }).await, [other.id]);
    assert_eq!(found(DeadLetterFilter { ids: Some(vec![]), ..any() }).await.len(), 0, "none asked for");
    store.discard(vec![other.id], "seen").await.unwrap();
    let in_state = |state| DeadLetterFilter { state: Some(state), ..any() };
    assert_eq!(found(in_state(DeadLetterState::Discarded)).await, [other.id]);
    assert_eq!(found(in_state(DeadLetterState::Parked)).await.len(), 4);
}

async fn letters_of_one_kind_form_a_group(store: &impl All) {
    let (few, mut many) = (letters("refused", 2), letters("timeout 1", 3));
    many[2].error = "timeout 77".into();
    many[2].topic = "orders.cancelled".into();
    store.park([few.clone(), many.clone()].concat()).await.unwrap();
    let groups = store.groups().await.unwrap();
    let counts: Vec<_> = groups.iter().map(|g| (g.fingerprint.clone(), g.count)).collect();
    assert_eq!(counts, [(many[0].fingerprint.clone(), 3), (few[0].fingerprint.clone(), 2)]);
    assert_eq!(groups[0].topic, "orders.cancelled", "the newest one's");
    assert_eq!((groups[0].first_seen, groups[0].last_seen), (many[0].first_seen, many[2].last_seen));
    store.discard(few.iter().map(|letter| letter.id).collect(), "known").await.unwrap();
    assert_eq!(store.groups().await.unwrap().len(), 1, "only what is parked");
}

async fn a_replayed_letter_is_sent_once(store: &impl All) {
    let order = accept(store, creation("a")).await;
    let before = claim(store).await;
    let letter = letters("timeout", 1).remove(0);
    store.park(vec![letter.clone()]).await.unwrap();
    let (sent, again) = (job(&order), job(&order));
    assert!(store.replay(letter.id, sent.clone()).await.unwrap());
    assert!(!store.replay(letter.id, again.clone()).await.unwrap(), "it is not parked any more");
    assert!(!store.replay(uuid::Uuid::nil(), again).await.unwrap());
    assert_eq!((all(store).await[0].state, store.parked().await.unwrap()), (DeadLetterState::Replayed, 0));
    store.abandon("relay").await.unwrap();
    let publish = |c: &crate::port::Claimed| crate::port::Settlement {
        id: c.id,
        token: c.token,
        outcome: crate::port::Relayed::Published,
    };
    let first = claim(store).await;
    assert_eq!(events(&first), events(&before));
    store.settle(first.iter().map(publish).collect()).await.unwrap();
    assert_eq!(events(&claim(store).await), [sent.event_id], "its message, behind the order's others");
}

async fn a_discarded_letter_says_why(store: &impl All) {
    let parked = letters("timeout", 2);
    store.park(parked.clone()).await.unwrap();
    assert_eq!(store.discard(vec![parked[0].id, uuid::Uuid::nil()], "test order").await.unwrap(), 1);
    assert_eq!(store.discard(vec![parked[0].id], "again").await.unwrap(), 0);
    let discarded = DeadLetterFilter { state: Some(DeadLetterState::Discarded), ..any() };
    let listed = list(store, discarded).await;
    assert_eq!(listed[0].discard_reason.as_deref(), Some("test order"));
    let order = creation("a").order;
    assert!(!store.replay(parked[0].id, job(&order)).await.unwrap(), "given up is given up");
    assert_eq!(store.parked().await.unwrap(), 1);
}

async fn a_discarded_letter_can_be_parked_again(store: &impl All) {
    let parked = letters("timeout", 3);
    let ids: Vec<_> = parked.iter().map(|letter| letter.id).collect();
    store.park(parked.clone()).await.unwrap();
    assert_eq!(store.discard(ids[..2].to_vec(), "by mistake").await.unwrap(), 2);
    assert_eq!(store.restore(vec![ids[0], ids[2], uuid::Uuid::nil()]).await.unwrap(), 1);
    assert_eq!(store.restore(vec![ids[0]]).await.unwrap(), 0, "it is parked");
    let found = list(store, DeadLetterFilter { ids: Some(vec![ids[0]]), ..any() }).await;
    assert_eq!(found, parked[..1], "as it was");
    assert_eq!(store.parked().await.unwrap(), 2);
}

async fn what_matches_is_picked(store: &impl All) {
    let (timeouts, refusals) = (letters("timeout 1", 3), letters("refused", 1));
    let other = DeadLetter {
        topic: "orders.cancelled".to_owned(),
        order_id: Some("other".parse().unwrap()),
        ..letters("odd", 5).remove(4)
    };
    store.park([timeouts.clone(), refusals.clone(), vec![other.clone()]].concat()).await.unwrap();
    store.discard(vec![timeouts[0].id], "seen").await.unwrap();
    let picked = async |filter: DeadLetterFilter| store.pick(filter).await.unwrap();
    let of = |letters: &[&DeadLetter]| letters.iter().map(|l| (l.id, l.last_seen)).collect::<Vec<_>>();
    let parked = || DeadLetterFilter { state: Some(DeadLetterState::Parked), ..any() };
    let of_kind = DeadLetterFilter { fingerprint: Some(Fingerprint::of_error("timeout 2")), ..parked() };
    assert_eq!(picked(of_kind.clone()).await, of(&[&timeouts[2], &timeouts[1]]), "newest first");
    assert_eq!(picked(DeadLetterFilter { limit: 1, ..of_kind }).await, of(&[&timeouts[2]]));
    let topic = Some(other.topic.clone());
    assert_eq!(picked(DeadLetterFilter { topic, ..parked() }).await, of(&[&other]));
    let order_id = other.order_id.clone();
    assert_eq!(picked(DeadLetterFilter { order_id, ..parked() }).await, of(&[&other]));
    let ids = Some(vec![refusals[0].id, timeouts[0].id]);
    assert_eq!(picked(DeadLetterFilter { ids, ..parked() }).await, of(&[&refusals[0]]));
    assert_eq!(picked(parked()).await.len(), 4);
    let discarded = DeadLetterFilter { state: Some(DeadLetterState::Discarded), ..any() };
    assert_eq!(picked(discarded).await, of(&[&timeouts[0]]));
    assert_eq!(picked(DeadLetterFilter { ids: Some(vec![]), ..parked() }).await.len(), 0);
}

async fn the_last_minutes_are_counted(store: &impl All) {
    let now = super::sample::now();
    let ago = |minutes: i64| {
        let seen = now - time::Duration::minutes(minutes);
        DeadLetter { first_seen: seen, last_seen: seen, ..letters("timeout", 1).remove(0) }
    };
    let other = DeadLetter { last_seen: now, ..letters("refused", 1).remove(0) };
    let given_up = ago(1);
    store.park(vec![ago(0), ago(0), ago(5), ago(600), given_up.clone(), other]).await.unwrap();
    store.discard(vec![given_up.id], "x").await.unwrap();
    let groups = store.groups().await.unwrap();
    let minutes = &groups[0].per_minute;
    assert_eq!((groups[0].count, minutes.len(), minutes.iter().sum::<u64>()), (4, 30, 3), "{minutes:?}");
    // A minute may have ended meanwhile.
    assert_eq!(minutes[28..].iter().sum::<u64>(), 2, "{minutes:?}");
    assert_eq!(minutes[23..26].iter().sum::<u64>(), 1, "{minutes:?}");
    assert_eq!(groups[1].per_minute.iter().sum::<u64>(), 1);
}
