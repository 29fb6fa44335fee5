//! What a store must know of drivers who are silent, and of the orders they have.

use std::time::Duration;

use time::OffsetDateTime;

use super::sample::{answer, command, creation, delivered, dispatched};
use crate::domain::{Driver, DriverStatus, EventId, GeoPoint, Order, OrderId, Position, Status};
use crate::port::{Applied, Created, DriverStore, OrderQuery, OrderStore, PageStart};

const MINUTE: Duration = Duration::from_mins(1);

/// Runs the suite on a fresh store.
pub async fn suite<S: DriverStore + OrderStore>(fresh: impl AsyncFn() -> S) {
    orders_of_silent_drivers_are_found(&fresh().await).await;
}

fn driver(name: &str, position: Option<Position>) -> Driver {
    let status = DriverStatus::Available;
    Driver {
        id: name.parse().unwrap(),
        name: name.to_owned(),
        status,
        position,
        order_id: None,
        silent: false,
    }
}

/// Seen half a minute before they were heard, by a phone that is slow.
fn heard(ago: Duration) -> Position {
    let heard_at = OffsetDateTime::now_utc() - ago;
    let heard_at = heard_at.replace_nanosecond(heard_at.microsecond() * 1_000).unwrap();
    Position::new(GeoPoint::new(1.0, 1.0).unwrap(), heard_at - Duration::from_hours(1)).heard(heard_at)
}

/// Dispatched an hour ago, or just now.
async fn dispatch(
    store: &(impl DriverStore + OrderStore),
    order: &str,
    driver: &str,
    ago: Duration,
) -> Order {
    let creation = creation(order);
    assert_eq!(store.create(vec![creation.clone()].into()).await.unwrap(), [Created::Stored]);
    let mut step = dispatched(&creation.order, driver);
    step.event.at -= ago;
    step.order.updated_at -= ago;
    let order = step.order.clone();
    assert_eq!(store.apply(vec![answer(EventId::fresh(), step)].into()).await.unwrap(), [Applied::Done]);
    order
}

async fn orders_of_silent_drivers_are_found(store: &(impl DriverStore + OrderStore)) {
    let (hour, now) = (Duration::from_hours(1), Duration::ZERO);
    let quiet = heard(hour * 2);
    let drivers = [
        driver("quiet", Some(quiet)),
        driver("talks", Some(heard(Duration::from_secs(40)))),
        driver("never", None),
        driver("fresh", None),
        driver("gone", Some(quiet)),
    ];
    store.save(drivers.into()).await.unwrap();
    dispatch(store, "o-quiet", "quiet", hour).await;
    dispatch(store, "o-talks", "talks", hour).await;
    let never = dispatch(store, "o-never", "never", hour).await;
    dispatch(store, "o-fresh", "fresh", now).await;
    let over = dispatch(store, "o-gone", "gone", hour).await;
    let step = command(delivered(&over));
    assert_eq!(store.apply(vec![step].into()).await.unwrap(), [Applied::Done]);
    store.create(vec![creation("o-pending")].into()).await.unwrap();

    let id = |order: &str| order.parse::<OrderId>().unwrap();
    let all = ["o-quiet", "o-talks", "o-never", "o-fresh", "o-gone", "o-pending", "o-unknown"].map(id);
    let mut silent = store.silent(all.into(), MINUTE).await.unwrap();
    silent.sort();
    assert_eq!(silent, [(id("o-never"), never.updated_at), (id("o-quiet"), quiet.heard_at)]);
    assert_eq!(store.silent_orders(MINUTE).await, Ok(2), "what is delivered waits for nobody");
    let listed = async |query: OrderQuery| {
        let query = OrderQuery { driver_silent: Some(MINUTE), ..query };
        let page = store.list(query).await.unwrap();
        let mut ids: Vec<_> = page.orders.iter().map(|order| order.id.to_string()).collect();
        ids.sort();
        (ids, page.more, page.orders.last().cloned())
    };
    let all = OrderQuery { limit: 10, ..OrderQuery::default() };
    assert_eq!(listed(all.clone()).await.0, ["o-never", "o-quiet"]);
    let (first, more, last) = listed(OrderQuery { limit: 1, ..all.clone() }).await;
    let Order { created_at, id: last, .. } = last.unwrap();
    let start = PageStart::After { created_at, id: last };
    let (second, end, _) = listed(OrderQuery { start, ..all.clone() }).await;
    assert_eq!((more, end, [first, second].concat().len()), (true, false, 2));
    let of = |driver: &str| OrderQuery { driver_id: Some(driver.parse().unwrap()), ..all.clone() };
    assert_eq!(listed(of("quiet")).await.0, ["o-quiet"]);
    assert_eq!(listed(of("talks")).await.0, [""; 0]);
    assert_eq!(listed(OrderQuery { status: Some(Status::Pending), ..all.clone() }).await.0, [""; 0]);

    store.save_positions(vec![("quiet".parse().unwrap(), heard(now))]).await.unwrap();
    assert_eq!(store.silent_orders(MINUTE).await, Ok(1), "heard again");
    assert_eq!(listed(all).await.0, ["o-never"]);
    assert_eq!(store.silent(vec![id("o-quiet")], MINUTE).await, Ok(vec![]));
    assert_eq!(store.silent_orders(Duration::from_secs(20)).await, Ok(2), "by another measure");
}
