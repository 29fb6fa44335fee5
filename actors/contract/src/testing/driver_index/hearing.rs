//! Which position wins, who counts as heard, and who is told that they cannot be given orders.

use std::time::Duration;

use time::OffsetDateTime;

use super::{ask, at, claim, driver, id, who};
use crate::domain::{CLOCK_SLACK, Driver, DriverStatus, GeoPoint, Position, Unassignable};
use crate::port::{ClaimRequest, DriverFilter, DriverIndex, Reported};
use crate::testing::words::{Words, folded};

pub(super) async fn conforms<I: DriverIndex>(make: &impl AsyncFn() -> I) {
    of_one_time_the_last_received_wins(&make().await).await;
    a_slow_clock_costs_nobody_an_order(&make().await).await;
    a_fast_clock_does_not_outlive_itself(&make().await).await;
    what_comes_late_is_a_sign_of_life(make).await;
    what_was_heard_in_the_future_does_not_count(&make().await).await;
    positions_go_by_the_one_rule(&make().await).await;
    nobody_is_excluded_without_a_word(&make().await).await;
}

const HOUR: Duration = Duration::from_hours(1);

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

async fn report(index: &impl DriverIndex, driver: &str, point: GeoPoint, at: OffsetDateTime) -> Reported {
    index.report(vec![(id(driver), Position::new(point, at))]).await.unwrap()
}

async fn position(index: &impl DriverIndex, driver: &str) -> Position {
    index.get(&id(driver)).await.unwrap().unwrap().position.unwrap()
}

async fn of_one_time_the_last_received_wins(index: &impl DriverIndex) {
    let new = Driver { position: None, ..driver("a", at(1.0, 1.0)) };
    index.put(vec![new]).await.unwrap();
    let then = now() - Duration::from_secs(1);
    let fix = |lat| (id("a"), Position::new(at(lat, 1.0), then));
    index.report(vec![fix(1.0), fix(2.0)]).await.unwrap();
    assert_eq!(position(index, "a").await.point, at(2.0, 1.0), "of those that came at once");
    index.report(vec![fix(3.0)]).await.unwrap();
    assert_eq!(position(index, "a").await.point, at(3.0, 1.0), "and of those that came one by one");
    // What comes out of the store was heard before.
    let stored = Driver { position: Some(Position::new(at(4.0, 1.0), then)), ..driver("a", at(4.0, 1.0)) };
    index.put(vec![stored]).await.unwrap();
    assert_eq!(position(index, "a").await.point, at(3.0, 1.0), "a restoration moves nobody back");
}

async fn a_slow_clock_costs_nobody_an_order(index: &impl DriverIndex) {
    let here = at(1.0, 1.0);
    index.put(vec![Driver { position: None, ..driver("slow", here) }]).await.unwrap();
    for lat in [1.0, 1.001, 1.002] {
        let reported = report(index, "slow", at(lat, 1.0), now() - HOUR).await;
        assert_eq!((reported.accepted, reported.excluded), (1, vec![]));
        assert_eq!(position(index, "slow").await.point, at(lat, 1.0), "each moves them");
    }
    let known = index.get(&id("slow")).await.unwrap().unwrap();
    let Position { at: seen, heard_at, .. } = known.position.unwrap();
    assert_eq!(known.unassignable(), None);
    assert!(now() - heard_at < Duration::from_secs(20), "heard just now: {heard_at}");
    assert_eq!(heard_at - seen, CLOCK_SLACK, "seen as long ago as a clock is believed");
    let strict = ClaimRequest { max_age: Duration::from_secs(20), ..ask("o1", at(1.002, 1.0), 100.0) };
    assert_eq!(who(index, &strict).await.as_deref(), Some("slow"), "by when they were heard");
}

async fn a_fast_clock_does_not_outlive_itself(index: &impl DriverIndex) {
    index.put(vec![driver("fast", at(1.0, 1.0))]).await.unwrap();
    report(index, "fast", at(2.0, 1.0), now() + HOUR).await;
    let kept = position(index, "fast").await;
    assert!(kept.point == at(2.0, 1.0) && kept.at == kept.heard_at, "seen when it was heard: {kept:?}");
    report(index, "fast", at(3.0, 1.0), now()).await;
    assert_eq!(position(index, "fast").await.point, at(3.0, 1.0), "its clock was mended");
}

/// A phone whose clock jumped back an hour: it reports, so it is not silent, and stays where it was.
async fn what_comes_late_is_a_sign_of_life<I: DriverIndex>(make: &impl AsyncFn() -> I) {
    let index = make().await;
    let (here, second) = (at(1.0, 1.0), Duration::from_secs(1));
    let last = now() - second * 20;
    let last = last.replace_nanosecond(last.microsecond() * 1_000).unwrap();
    let known = Driver { position: Some(Position::new(here, last)), ..driver("back", here) };
    index.put(vec![known, driver("other", here)]).await.unwrap();
    let word = |driver: &str, at| (id(driver), Position::new(GeoPoint::new(2.0, 1.0).unwrap(), at));
    let batch = vec![word("other", now()), word("nobody", now()), word("back", now() - HOUR)];
    let reported = index.report(batch).await.unwrap();
    assert_eq!((reported.accepted, reported.excluded), (2, vec![]));
    assert_eq!(reported.late, [(2, last)], "named, and what stands in its stead");
    let Position { point, at: seen, heard_at, .. } = position(&index, "back").await;
    assert_eq!((point, seen), (here, last), "nobody is moved back");
    assert!(heard_at > last + second * 10, "but heard of just now: {heard_at}");
    let strict = ClaimRequest { max_age: second * 10, ..ask("o1", here, 100.0) };
    assert_eq!(who(&index, &strict).await.as_deref(), Some("back"), "who reports gets orders");

    // And after a restart: the store may have heard the one and the index the other.
    let stored = index.get(&id("back")).await.unwrap().unwrap();
    let again = make().await;
    let before = Driver { position: Some(Position::new(here, last)), ..stored.clone() };
    again.put(vec![before.clone(), stored.clone(), before]).await.unwrap();
    assert_eq!(position(&again, "back").await, stored.position.unwrap(), "it is still heard");
    assert_eq!(who(&again, &strict).await.as_deref(), Some("back"));
}

async fn what_was_heard_in_the_future_does_not_count(index: &impl DriverIndex) {
    // Written into the store by an instance whose clock was an hour ahead.
    let ahead =
        Driver { position: Some(Position::new(at(1.0, 1.0), now() + HOUR)), ..driver("a", at(1.0, 1.0)) };
    index.put(vec![ahead]).await.unwrap();
    let known = index.get(&id("a")).await.unwrap().unwrap();
    assert!(known.position.unwrap().heard_at <= now(), "nobody was heard in the future");
    report(index, "a", at(2.0, 1.0), now()).await;
    assert_eq!(position(index, "a").await.point, at(2.0, 1.0));
}

async fn positions_go_by_the_one_rule(index: &impl DriverIndex) {
    for seed in 0..40 {
        let name = format!("d{seed}");
        let end = index.time().await.unwrap().time;
        let (mut words, mut expected) = (Words::until(end, seed), None);
        for turn in 0..12 {
            let (said, before) = (words.some(), expected);
            expected = folded(before, &said);
            let drivers =
                said.iter().map(|word| Driver { position: Some(*word), ..driver(&name, word.point) });
            index.put(drivers.collect()).await.unwrap();
            let kept = position(index, &name).await;
            assert_eq!(Some(kept), expected, "driver {seed}, turn {turn}: {before:?} heard {said:#?}");
        }
        let (before, word) = (expected.unwrap(), words.some()[0]);
        let reported = index.report(vec![(id(&name), word)]).await.unwrap();
        let after = position(index, &name).await;
        assert!(after.heard_at >= end, "a report is heard now");
        let heard = word.heard(after.heard_at);
        assert_eq!(after, before.hearing(heard), "driver {seed}: {before:?} heard {heard:?}");
        let late = if heard.supersedes(&before) { vec![] } else { vec![(0, before.at)] };
        assert_eq!(reported.late, late, "driver {seed}: {before:?} heard {heard:?}");
    }
}

async fn nobody_is_excluded_without_a_word(index: &impl DriverIndex) {
    let here = at(1.0, 1.0);
    let silent = Driver { position: Some(Position::new(here, now() - HOUR)), ..driver("silent", here) };
    let off = Driver { status: DriverStatus::Offline, ..driver("off", here) };
    let nowhere = Driver { position: None, ..driver("nowhere", here) };
    index.put(vec![silent, off, nowhere, driver("held", here), driver("free", at(1.1, 1.0))]).await.unwrap();
    assert_eq!(claim(index, &ask("o1", here, 100.0)).await.unwrap().driver_id, id("held"));
    let why = async |driver: &str| index.get(&id(driver)).await.unwrap().unwrap().unassignable();
    assert_eq!(why("silent").await, Some(Unassignable::Silent));
    assert_eq!(why("off").await, Some(Unassignable::Offline));
    assert_eq!(why("nowhere").await, Some(Unassignable::NoPosition));
    assert_eq!(why("held").await, Some(Unassignable::HasOrder));
    assert_eq!(why("free").await, None);
    let all = index.list(DriverFilter { limit: 10, ..DriverFilter::default() }).await.unwrap();
    let assignable: Vec<_> = all.iter().filter(|driver| driver.unassignable().is_none()).collect();
    assert_eq!(assignable.iter().map(|driver| driver.id.as_str()).collect::<Vec<_>>(), ["free"]);

    let everybody = ["silent", "off", "nowhere", "held", "free", "nobody"];
    let all = everybody.map(|driver| (id(driver), Position::new(here, now()))).into();
    let excluded = vec![(1, Unassignable::Offline), (3, Unassignable::HasOrder)];
    let expected = Reported { accepted: 5, unknown: vec![5], excluded, late: vec![] };
    assert_eq!(
        index.report(all).await,
        Ok(expected),
        "the silent one and the one without a position are back"
    );
    assert_eq!((why("silent").await, why("nowhere").await), (None, None));
}
