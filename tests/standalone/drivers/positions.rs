//! Positions: into the index at once, into the store soon, and the same ones.

use std::time::Duration;

use time::OffsetDateTime;
use tropa_dispatch::domain::*;
use tropa_dispatch::drivers::*;
use tropa_dispatch::testing::driver_index::{at, driver};

use super::stage::{Shelf, Stage, until};
use super::{id, report, since};

#[test]
fn positions_count_at_once_and_are_stored_soon() {
    let mut silent = driver("a", at(1.0, 0.0));
    silent.position = Some(since(Duration::from_hours(1)));
    let stage = Stage::restored(Shelf::with([silent]));
    stage.play(async {
        let fast = OffsetDateTime::now_utc() + Duration::from_secs(90);
        let no_fix = Report::of(at(0.0, 0.0));
        let batch = vec![
            (id("a"), report(2.0)),
            (id("nobody"), report(0.0)),
            (id("a"), no_fix),
            (id("a"), Report { at: Some(fast), heading: Some(400.0), ..report(3.0) }),
        ];
        stage.shelf.set_down(true);
        let reported = stage.registry.ask(ReportPositions(batch)).await.unwrap();
        let PositionsReported { accepted, unknown, excluded, late, no_fix, unusable } = reported.unwrap();
        assert_eq!((accepted, unknown, excluded, late, no_fix), (2, vec![1], vec![], vec![], vec![2]));
        let left_out: Vec<_> = unusable[0].1.iter().map(|left_out| left_out.field.as_str()).collect();
        assert_eq!((unusable.len(), unusable[0].0, left_out), (1, 3, vec!["heading", "at"]));
        assert_eq!(stage.get("a").await.position.unwrap().point, at(3.0, 1.0));
        until(|| stage.status().condition.is_some_and(|text| text.contains("not saved"))).await;
        stage.shelf.set_down(false);
        until(|| stage.shelf.position("a").unwrap().point == at(3.0, 1.0)).await;
        until(|| stage.status().condition.is_none()).await;
    });
}

#[test]
fn who_has_no_fix_lives_and_is_where_they_were() {
    let seen = |name: &str, ago| Driver { position: Some(since(ago)), ..driver(name, at(1.0, 1.0)) };
    let (recent, long) = (Duration::from_secs(20), Duration::from_hours(1));
    let nowhere = Driver { position: None, ..driver("new", at(1.0, 1.0)) };
    let stage = Stage::restored(Shelf::with([seen("garage", recent), seen("gone", long), nowhere]));
    stage.play(async {
        let before = stage.get("garage").await.position.unwrap();
        let names = ["garage", "gone", "new", "nobody", "garage"];
        let no_fixes = names.map(|name| (id(name), Report::of(at(0.0, 0.0))));
        let reported = stage.registry.ask(ReportPositions(no_fixes.into())).await.unwrap().unwrap();
        assert_eq!((reported.accepted, reported.no_fix), (0, vec![0, 1, 2, 3, 4]));
        let after = stage.get("garage").await.position.unwrap();
        assert_eq!(after.point, before.point);
        assert!(after.heard_at > before.heard_at, "heard of just now");
        assert_eq!(
            stage.get("gone").await.unassignable(),
            Some(Unassignable::Silent),
            "they may be anywhere"
        );
        assert_eq!(stage.get("new").await.unassignable(), Some(Unassignable::NoPosition));
        until(|| stage.shelf.position("garage").unwrap().heard_at > before.heard_at).await;
    });
}

#[test]
fn of_one_time_the_last_received_is_stored_too() {
    let stage = Stage::restored(Shelf::with([driver("a", at(9.0, 1.0))]));
    stage.play(async {
        let then = Some(OffsetDateTime::now_utc());
        let fixes = [1.0, 2.0].map(|lat| (id("a"), Report { at: then, ..report(lat) }));
        stage.registry.ask(ReportPositions(fixes.into())).await.unwrap().unwrap();
        stage
            .registry
            .ask(ReportPositions(vec![(id("a"), Report { at: then, ..report(3.0) })]))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stage.get("a").await.position.unwrap().point, at(3.0, 1.0));
        until(|| stage.shelf.position("a").unwrap().point != at(9.0, 1.0)).await;
        until(|| stage.shelf.position("a").unwrap().point == at(3.0, 1.0)).await;
    });
}

#[test]
fn a_position_the_store_cannot_digest_keeps_no_other_back() {
    let ids: Vec<_> = (0..1_200).map(|n| format!("d{n}")).collect();
    let stage = Stage::restored(Shelf::with(ids.iter().map(|id| driver(id, at(50.0, 0.0)))));
    stage.play(async {
        *stage.shelf.cursed.lock().unwrap() = Some(id("d7"));
        let all = || ReportPositions(ids.iter().map(|n| (id(n), report(1.0))).collect());
        let saved =
            |id: &String| stage.shelf.position(id).is_some_and(|position| position.point == at(1.0, 1.0));
        stage.registry.ask(all()).await.unwrap().unwrap();
        // Batches of 500: that of the cursed one is lost, those behind it are not.
        until(|| ids.iter().filter(|id| saved(id)).count() >= 700).await;
        until(|| stage.status().condition.is_some_and(|text| text.contains("d7 is cursed"))).await;
        // Given up: later ones are not held back by it, until it comes again.
        stage.registry.ask(ReportPositions(vec![(id("d8"), report(2.0))])).await.unwrap().unwrap();
        until(|| stage.shelf.position("d8").unwrap().point == at(2.0, 1.0)).await;
        until(|| stage.status().condition.is_none()).await;
        assert!(!saved(&ids[7]));
    });
}
