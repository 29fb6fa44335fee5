//! Orders come in once, whole.

use futures_util::future::join_all;

use super::{accept, claim, done, load};
use crate::{
    domain::{Fingerprint, OrderEvent, Status},
    port::{Created, Creation, IdempotencyKey, OrderStore, Outbox, StatusCounts},
    testing::sample::{command, creation, creation_of, dispatched, full_order, new_order},
};

pub async fn suite<S: OrderStore + Outbox>(fresh: &impl AsyncFn() -> S) {
    an_order_is_kept_whole(&fresh().await).await;
    an_id_is_taken_once(&fresh().await).await;
    an_order_number_is_taken_once(&fresh().await).await;
    a_key_answers_as_it_did(&fresh().await).await;
    a_key_is_found_under_its_former_scope(&fresh().await).await;
    a_refused_order_leaves_nothing(&fresh().await).await;
    a_new_key_does_not_replay_an_order_of_another_request(&fresh().await).await;
    one_of_many_at_once_wins(&fresh().await).await;
    assert_eq!(fresh().await.check().await, Ok(()));
}

async fn an_order_is_kept_whole(store: &impl Both) {
    let (full, small) = (creation_of(full_order("full")), creation("small"));
    let created = store.create(vec![full.clone(), small.clone()].into()).await.unwrap();
    assert_eq!(created, [Created::Stored, Created::Stored], "an outcome each");
    assert_eq!(load(store, &full.order).await, full.order);
    assert_eq!(load(store, &small.order).await, small.order);
    let ids = vec![small.order.id.clone(), "nobody".parse().unwrap(), full.order.id.clone()];
    let loaded = store.load(ids).await.unwrap();
    assert_eq!(loaded, [Some(small.order.clone()), None, Some(full.order.clone())], "in the order asked for");
    let number = full.order.details.order_number.clone().unwrap();
    assert_eq!(store.load_by_number(number).await.unwrap(), Some(full.order.clone()));
    assert_eq!(store.load_by_number("n-small".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.timeline(full.order.id.clone()).await.unwrap(), [full.event]);
    let envelopes: Vec<_> = claim(store).await.into_iter().map(|c| c.envelope).collect();
    assert_eq!(envelopes, [full.envelope, small.envelope], "each with its message, due at once");
    assert_eq!(store.counts().await.unwrap(), StatusCounts::from_iter([(Status::Pending, 2)]));
}

async fn an_id_is_taken_once(store: &impl Both) {
    let first = accept(store, creation("a")).await;
    let now = done(store, &first, command(dispatched(&first, "joao"))).await;
    let again = store.create(vec![creation("a")].into()).await.unwrap();
    assert_eq!(again, [Created::Existing(now)], "as it stands now");
    let mut other = new_order("a");
    other.details.tax = "11".parse().unwrap();
    assert_eq!(store.create(vec![creation_of(other)].into()).await.unwrap(), [Created::IdTaken]);
    let twice = store.create(vec![creation("b"), creation("b")].into()).await.unwrap();
    assert!(matches!(twice[..], [Created::Stored, Created::Existing(_)]), "in one batch: {twice:?}");
}

async fn an_order_number_is_taken_once(store: &impl Both) {
    let first = accept(store, creation_of(full_order("a"))).await;
    let mut other = new_order("b");
    other.details.order_number.clone_from(&first.details.order_number);
    assert_eq!(store.create(vec![creation_of(other)].into()).await.unwrap(), [Created::NumberTaken]);
}

fn keyed(id: &str, scope: &str, key: &str) -> Creation {
    let key = IdempotencyKey { scope: scope.to_owned(), former: None, key: key.to_owned() };
    Creation { key: Some(key), ..creation(id) }
}

async fn a_key_answers_as_it_did(store: &impl Both) {
    let first = accept(store, keyed("a", "ana POST /orders", "k")).await;
    done(store, &first, command(dispatched(&first, "joao"))).await;
    // A caller without an id of its own gets a fresh one each time: only key and content tell that it is the same.
    let mut again = keyed("fresh", "ana POST /orders", "k");
    again.fingerprint = creation("a").fingerprint;
    assert_eq!(
        store.create(vec![again.clone()].into()).await.unwrap(),
        [Created::Replayed(first)],
        "as it was then"
    );
    again.fingerprint = Fingerprint::of_text("another request");
    assert_eq!(store.create(vec![again].into()).await.unwrap(), [Created::KeyReused]);
    let elsewhere = store.create(vec![keyed("b", "bia POST /orders", "k")].into()).await.unwrap();
    assert_eq!(elsewhere, [Created::Stored], "a key is its scope's");
    let mut twice = [keyed("c", "s", "same"), keyed("d", "s", "same")];
    twice[1].fingerprint = twice[0].fingerprint.clone();
    let twice = store.create(twice.to_vec().into()).await.unwrap();
    assert!(matches!(twice[..], [Created::Stored, Created::Replayed(_)]), "in one batch: {twice:?}");
}

/// Two versions at once, with another word each for who calls; and one of them before the other.
async fn a_key_is_found_under_its_former_scope(store: &impl Both) {
    let named = |id: &str, key: &str, scope: &str, former: Option<&str>| {
        let (scope, former, key) = (scope.to_owned(), former.map(str::to_owned), key.to_owned());
        let fingerprint = creation("a").fingerprint;
        Creation { key: Some(IdempotencyKey { scope, former, key }), fingerprint, ..creation(id) }
    };
    let one =
        async |creation: &Creation| store.create(vec![creation.clone()].into()).await.unwrap().remove(0);
    let before = accept(store, named("a", "k", "token 1", None)).await;
    let mut again = named("b", "k", "ana", Some("token 1"));
    assert_eq!(one(&again).await, Created::Replayed(before.clone()), "it was stored before");
    again.fingerprint = Fingerprint::of_text("another request");
    assert_eq!(one(&again).await, Created::KeyReused);

    let new = accept(store, named("c", "l", "ana", Some("token 1"))).await;
    for later in [
        named("d", "l", "ana", Some("token 1")),
        named("e", "l", "ana", Some("token 2")),
        named("f", "l", "token 1", None),
    ] {
        assert_eq!(one(&later).await, Created::Replayed(new.clone()), "{:?}", later.key);
    }
    // The same key was used with two tokens, when they were two callers: each is answered what it was.
    let other = accept(store, named("g", "k", "ana", Some("token 2"))).await;
    assert_eq!(one(&named("h", "k", "ana", Some("token 1"))).await, Created::Replayed(before));
    assert_eq!(one(&named("i", "k", "ana", Some("token 3"))).await, Created::Replayed(other));
    let batch =
        [named("j", "m", "ana", Some("token 4")), named("k", "m", "ana", Some("token 5")), creation("n")];
    let created = store.create(batch.to_vec().into()).await.unwrap();
    assert!(
        matches!(created[..], [Created::Stored, Created::Replayed(_), Created::Stored]),
        "in one batch: {created:?}"
    );
}

async fn a_refused_order_leaves_nothing(store: &impl Both) {
    let first = accept(store, creation_of(full_order("a"))).await;
    let published = claim(store).await.len();
    let mut same_number = new_order("b");
    same_number.details.order_number.clone_from(&first.details.order_number);
    let refused = Creation { key: keyed("b", "s", "k").key, ..creation_of(same_number) };
    let created = store.create(vec![refused.clone(), creation("c")].into()).await.unwrap();
    assert_eq!(created, [Created::NumberTaken, Created::Stored], "its neighbour is not harmed");
    assert_eq!(store.load(vec![refused.order.id.clone()]).await.unwrap(), [None]);
    assert_eq!(store.timeline(refused.order.id.clone()).await.unwrap(), Vec::<OrderEvent>::new());
    assert_eq!((published, claim(store).await.len()), (1, 1), "no message but the neighbour's");
    let free = Creation { key: refused.key, ..creation("d") };
    assert_eq!(store.create(vec![free].into()).await.unwrap(), [Created::Stored], "its key was not used up");
    let census = store.census().await.unwrap();
    assert_eq!(
        (census.accepted, census.states[Status::Pending]),
        (3, 3),
        "what is there already is accepted once"
    );
    assert!(census.holds());
}

async fn a_new_key_does_not_replay_an_order_of_another_request(store: &impl Both) {
    let first = accept(store, creation("a")).await;
    let mut other = new_order("a");
    other.details.tax = "11".parse().unwrap();
    let other = Creation { key: keyed("a", "s", "k").key, ..creation_of(other) };
    assert_eq!(store.create(vec![other.clone()].into()).await.unwrap(), [Created::IdTaken]);
    assert_eq!(
        store.create(vec![other, keyed("b", "s", "l")].into()).await.unwrap(),
        [Created::IdTaken, Created::Stored]
    );
    let same = store.create(vec![keyed("a", "s", "k")].into()).await.unwrap();
    assert_eq!(same, [Created::Existing(first)], "the same request under a new key");
    assert_eq!(
        store.create(vec![keyed("d", "s", "k")].into()).await.unwrap(),
        [Created::Stored],
        "the key is still free"
    );
}

async fn one_of_many_at_once_wins(store: &impl Both) {
    let mut created: Vec<_> = join_all((0..32).map(|_| store.create(vec![creation("a")].into())))
        .await
        .into_iter()
        .map(|created| created.unwrap().remove(0))
        .collect();
    created.retain(|created| !matches!(created, Created::Existing(_)));
    assert_eq!(created, [Created::Stored], "the others were told that it exists");
    assert_eq!(store.timeline("a".parse().unwrap()).await.unwrap().len(), 1);
}

/// What the cases need: the orders, and their messages.
trait Both: OrderStore + Outbox {}
impl<T: OrderStore + Outbox> Both for T {}
