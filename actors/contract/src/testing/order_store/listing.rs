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
