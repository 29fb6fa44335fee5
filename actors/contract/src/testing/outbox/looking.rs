//! What is unpublished, as people look at it.

use super::{Both, failed, published};
use crate::{
    domain::{MessageState, Topic},
    port::MessageFilter,
    testing::{
        order_store::{accept, apply, claim},
        sample::{cancelled, command, creation, far_away, now},
    },
};

pub(super) async fn what_waits_can_be_looked_at(store: &impl Both) {
    let filter = |change: &dyn Fn(&mut MessageFilter)| {
        let mut filter = MessageFilter { limit: 100, ..MessageFilter::default() };
        change(&mut filter);
        filter
    };
    let orders = async |filter| {
        let page = store.messages(filter).await.unwrap();
        (page.messages.iter().map(|m| m.order_id.to_string()).collect::<Vec<_>>(), page.next)
    };
    let everything = || filter(&|_| {});
    assert_eq!(orders(everything()).await, (vec![], None));
    assert_eq!(store.topics().await.unwrap(), []);

    let accepted = [accept(store, creation("a")).await, accept(store, creation("b")).await];
    let [first, _] = claim(store).await.try_into().unwrap();
    assert_eq!(store.settle(vec![failed(&first, far_away())]).await.unwrap(), 1);
    accept(store, creation("c")).await;
    apply(store, command(cancelled(&accepted[1]))).await;

    let (all, next) = orders(everything()).await;
    assert_eq!((all, next), (["a", "b", "c", "b"].map(str::to_owned).to_vec(), None), "as they were written");
    let ids: Vec<_> = store.messages(everything()).await.unwrap().messages.iter().map(|m| m.id).collect();
    let two = filter(&|f| f.limit = 2);
    assert_eq!(orders(two).await.1, Some(ids[1]));
    let rest = filter(&|f| (f.limit, f.after) = (2, Some(ids[1])));
    assert_eq!(orders(rest).await, (vec!["c".to_owned(), "b".to_owned()], None));
    for (state, named) in [
        (MessageState::Postponed, vec!["a"]),
        (MessageState::Leased, vec!["b"]),
        (MessageState::Due, vec!["c", "b"]),
        (MessageState::Published, vec![]),
    ] {
        let (found, _) = orders(filter(&|f| f.state = Some(state))).await;
        assert_eq!(found, named, "{state:?}");
    }
    let cancelled = filter(&|f| f.topic = Some(Topic::Cancelled));
    assert_eq!(orders(cancelled).await.0, ["b"]);
    let of_b = filter(&|f| f.order = Some("b".parse().unwrap()));
    assert_eq!(orders(of_b).await.0, ["b", "b"]);
    let of_nobody = filter(&|f| f.order = Some("nobody".parse().unwrap()));
    assert_eq!(orders(of_nobody).await, (vec![], None));

    let (message, payload) = store.message(first.id).await.unwrap().unwrap();
    assert_eq!((&payload, message.bytes), (&first.envelope.payload, payload.len() as u64));
    let pending = message.pending.unwrap();
    assert_eq!((pending.attempts, pending.last_error.as_deref()), (1, Some("no route")));
    let page = store.messages(filter(&|f| f.state = Some(MessageState::Leased))).await.unwrap();
    let lease = page.messages[0].pending.as_ref().unwrap().lease.clone().unwrap();
    assert!(lease.until > now() && !lease.owner.is_empty(), "{lease:?}");
    assert_eq!(store.message(i64::MAX).await.unwrap(), None);

    let topics = store.topics().await.unwrap();
    let counted: Vec<_> = topics.iter().map(|t| (t.topic.as_str(), t.pending)).collect();
    assert_eq!(counted, [("orders.created", 3), ("orders.cancelled", 1)]);
    assert!(topics.iter().all(|topic| topic.oldest_due.is_some()));

    let claimed = claim(store).await;
    store.settle(claimed.iter().map(published).collect()).await.unwrap();
    let gone = claimed.iter().find(|c| c.envelope.order_id.as_str() == "c").unwrap();
    let (message, _) = store.message(gone.id).await.unwrap().unwrap();
    assert_eq!(message.state(now()), MessageState::Published, "it is kept for a while");
}
