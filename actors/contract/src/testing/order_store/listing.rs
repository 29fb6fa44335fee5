//! Pages of orders, newest first.

use super::{accept, done};
use crate::{
    domain::{ManualReason, Order, OrderId, Status},
    port::{OrderQuery, OrderStore, PageStart},
    testing::sample::{cancelled, command, creation_of, delivered, dispatched, manual, new_order},
};

pub async fn suite<S: OrderStore>(fresh: &impl AsyncFn() -> S) {
    pages_follow_each_other(&fresh().await).await;
    filters_narrow(&fresh().await).await;
    spans_and_beginnings_narrow(&fresh().await).await;
}

fn page(limit: u32, start: PageStart) -> OrderQuery {
    OrderQuery { limit, start, ..OrderQuery::default() }
}

async fn ids(store: &impl OrderStore, query: OrderQuery) -> Vec<String> {
    store.list(query).await.unwrap().orders.iter().map(|order| order.id.to_string()).collect()
}

async fn pages_follow_each_other(store: &impl OrderStore) {
    let mut newest_first: Vec<(_, OrderId)> = Vec::new();
    for i in 0..9 {
        let mut creation = creation_of(new_order(&format!("o-{i}")));
        // Three at each instant: the id decides among them.
        creation.order.created_at -= time::Duration::seconds(100 - i / 3);
        newest_first.push((creation.order.created_at, creation.order.id.clone()));
        // The instants must be the same to the microsecond.
        let at = newest_first[usize::try_from(i / 3 * 3).unwrap()].0;
        (creation.order.created_at, newest_first[usize::try_from(i).unwrap()].0) = (at, at);
        accept(store, creation).await;
    }
    newest_first.sort();
    newest_first.reverse();
    let expected: Vec<_> = newest_first.iter().map(|(_, id)| id.to_string()).collect();
    assert_eq!(ids(store, page(100, PageStart::Newest)).await, expected);
    assert_eq!(ids(store, page(4, PageStart::Offset(2))).await, expected[2..6]);

    let (mut walked, mut start) = (Vec::new(), PageStart::Newest);
    loop {
        let listed = store.list(page(2, start)).await.unwrap();
        let last: Order = listed.orders.last().unwrap().clone();
        walked.extend(listed.orders.into_iter().map(|order| order.id.to_string()));
        assert_eq!(listed.more, walked.len() < expected.len());
        if !listed.more {
            break;
        }
        start = PageStart::After { created_at: last.created_at, id: last.id };
    }
    assert_eq!(walked, expected, "every order once");
}

async fn filters_narrow(store: &impl OrderStore) {
    let new = |id: &str, customer: &str| {
        let mut new = new_order(id);
        new.details.customer_id = Some(customer.to_owned());
        creation_of(new)
    };
    let pending = accept(store, new("pending", "ana")).await;
    let waiting = accept(store, new("waiting", "ana")).await;
    done(store, &waiting, command(manual(&waiting))).await;
    let on_its_way = accept(store, new("on-its-way", "bia")).await;
    let on_its_way = done(store, &on_its_way, command(dispatched(&on_its_way, "joao"))).await;
    let arrived = accept(store, new("arrived", "bia")).await;
    let arrived = done(store, &arrived, command(dispatched(&arrived, "maria"))).await;
    done(store, &arrived, command(delivered(&arrived))).await;
    let off = accept(store, new("off", "ana")).await;
    done(store, &off, command(cancelled(&off))).await;

    let all = || page(10, PageStart::Newest);
    let ana = || OrderQuery { customer_id: Some("ana".to_owned()), ..all() };
    let status = |status| OrderQuery { status: Some(status), ..all() };
    assert_eq!(ids(store, status(Status::Pending)).await, [pending.id.as_str()]);
    assert_eq!(ids(store, status(Status::Delivered)).await, ["arrived"]);
    assert_eq!(ids(store, ana()).await, ["off", "waiting", "pending"]);
    assert_eq!(ids(store, OrderQuery { status: Some(Status::Cancelled), ..ana() }).await, ["off"]);
    let joao = OrderQuery { driver_id: on_its_way.driver_id.clone(), ..all() };
    assert_eq!(ids(store, joao.clone()).await, ["on-its-way"]);
    assert_eq!(ids(store, OrderQuery { status: Some(Status::Delivered), ..joao.clone() }).await, [""; 0]);
    assert_eq!(ids(store, OrderQuery { customer_id: Some("ana".to_owned()), ..joao }).await, [""; 0]);
    let reason = |reason| OrderQuery { manual_reason: Some(reason), ..all() };
    assert_eq!(ids(store, reason(ManualReason::NoDriver)).await, ["waiting"]);
    assert_eq!(ids(store, reason(ManualReason::FleetUnavailable)).await, [""; 0]);
}

async fn spans_and_beginnings_narrow(store: &impl OrderStore) {
    let begun = creation_of(new_order("first")).order.created_at - time::Duration::hours(1);
    let at = |minute: i64| begun + time::Duration::minutes(minute);
    for (minute, id) in (0..).zip(["o-1", "p-2", "o-3", "o-~", "P-5"]) {
        let mut creation = creation_of(new_order(id));
        creation.order.created_at = at(minute);
        let accepted = accept(store, creation).await;
        if minute == 2 {
            done(store, &accepted, command(cancelled(&accepted))).await;
        }
    }
    let all = || page(10, PageStart::Newest);
    let span = |after, before| OrderQuery { created_after: after, created_before: before, ..all() };
    assert_eq!(
        ids(store, span(Some(at(1)), Some(at(3)))).await,
        ["o-3", "p-2"],
        "the end does not belong to it"
    );
    assert_eq!(ids(store, span(Some(at(3)), None)).await, ["P-5", "o-~"]);
    let pending = Some(Status::Pending);
    assert_eq!(
        ids(store, OrderQuery { status: pending, ..span(Some(at(1)), Some(at(4))) }).await,
        ["o-~", "p-2"]
    );
    let last = store.list(OrderQuery { limit: 1, ..span(None, Some(at(2))) }).await.unwrap().orders.remove(0);
    let start = PageStart::After { created_at: last.created_at, id: last.id };
    assert_eq!(
        ids(store, OrderQuery { start, ..span(None, Some(at(4))) }).await,
        ["o-1"],
        "the cursor is further"
    );

    let begins = |with: &str| OrderQuery { id_prefix: Some(with.to_owned()), ..all() };
    assert_eq!(ids(store, begins("o-")).await, ["o-1", "o-3", "o-~"], "by their ids");
    assert_eq!(ids(store, begins("o-3")).await, ["o-3"]);
    assert_eq!(ids(store, begins("P")).await, ["P-5"]);
    assert_eq!(ids(store, begins("%")).await, [""; 0]);
    assert_eq!(ids(store, OrderQuery { status: pending, ..begins("o-") }).await, ["o-1", "o-~"]);
    assert_eq!(ids(store, OrderQuery { created_after: Some(at(3)), ..begins("o-") }).await, ["o-~"]);
    let first = store.list(OrderQuery { limit: 2, ..begins("o-") }).await.unwrap();
    assert!(first.more);
    let last = first.orders.last().unwrap().clone();
    let start = PageStart::After { created_at: last.created_at, id: last.id };
    assert_eq!(ids(store, OrderQuery { start, ..begins("o-") }).await, ["o-~"]);
}
