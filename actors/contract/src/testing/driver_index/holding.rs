//! Which order holds which driver, and until when.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{ask, assignment, at, claim, driver, id, order_of, who};
use crate::domain::{ClaimToken, Driver, DriverStatus};
use crate::port::{Assignment, ClaimRequest, DriverIndex};

pub(super) async fn an_order_gets_its_claim_again(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here), driver("b", here)]).await.unwrap();
    let first = claim(index, &ask("o1", here, 100.0)).await.unwrap();
    let elsewhere = ClaimRequest {
        excluded: vec![first.driver_id.clone()],
        driver: Some(id(if first.driver_id.as_str() == "a" { "b" } else { "a" })),
        ..ask("o1", at(45.0, 45.0), 1.0)
    };
    let again = claim(index, &elsewhere).await.unwrap();
    assert_eq!((&again.driver_id, &again.token), (&first.driver_id, &first.token), "the same claim");
    assert_eq!(index.claimed().await, Ok(1));
}

pub(super) async fn only_the_holder_releases(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here)]).await.unwrap();
    let held = assignment("o1", &claim(index, &ask("o1", here, 100.0)).await.unwrap());
    let wrong_token = Assignment { token: ClaimToken::fresh(), ..held.clone() };
    let wrong_order = Assignment { order_id: "o2".parse().unwrap(), ..held.clone() };
    let wrong_driver = Assignment { driver_id: id("b"), ..held.clone() };
    for wrong in [wrong_token, wrong_order, wrong_driver] {
        assert_eq!(index.release(&wrong).await, Ok(false), "{wrong:?}");
    }
    assert_eq!(order_of(index, "a").await, Some("o1".parse().unwrap()));
    assert_eq!(index.release(&held).await, Ok(true));
    assert_eq!(index.release(&held).await, Ok(false), "a second time");
    assert_eq!(index.claimed().await, Ok(0));
    let next = claim(index, &ask("o2", here, 100.0)).await.expect("free again");
    assert_ne!(next.token, held.token, "a claim of its own");
    assert_eq!(index.release(&held).await, Ok(false), "an old token frees nobody");
    assert_eq!(order_of(index, "a").await, Some("o2".parse().unwrap()));
}

pub(super) async fn put_renames_and_keeps_the_claim(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here)]).await.unwrap();
    claim(index, &ask("o1", here, 100.0)).await.unwrap();
    let renamed = Driver {
        id: id("a"),
        name: "Ana".to_owned(),
        status: DriverStatus::Offline,
        position: None,
        order_id: None,
        silent: false,
    };
    index.put(vec![renamed]).await.unwrap();
    let driver = index.get(&id("a")).await.unwrap().unwrap();
    assert_eq!((driver.name.as_str(), driver.status), ("Ana", DriverStatus::Offline));
    assert_eq!(driver.order_id, Some("o1".parse().unwrap()), "the claim stays");
    assert_eq!(driver.position.map(|p| p.point), Some(here), "the position stays");
}

pub(super) async fn a_held_driver_cannot_be_removed(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here)]).await.unwrap();
    let held = claim(index, &ask("o1", here, 100.0)).await.unwrap();
    assert_eq!(index.remove(&id("a")).await, Ok(false), "is held");
    assert_eq!(index.release(&assignment("o1", &held)).await, Ok(true));
    assert_eq!(index.remove(&id("a")).await, Ok(true));
    assert_eq!(index.remove(&id("a")).await, Ok(false), "is unknown");
    assert_eq!(index.get(&id("a")).await, Ok(None));
    assert_eq!(who(index, &ask("o2", here, 100.0)).await, None, "is gone");
}

pub(super) async fn a_lease_that_ran_out_is_shown_and_still_holds(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here), driver("b", here)]).await.unwrap();
    let brief = |order: &str| ClaimRequest { lease: Duration::ZERO, ..ask(order, here, 100.0) };
    let first = assignment("o1", &claim(index, &brief("o1")).await.unwrap());
    let second = assignment("o2", &claim(index, &brief("o2")).await.unwrap());
    assert_eq!(index.expired(1).await.unwrap().len(), 1, "at most one");
    let expired = index.expired(10).await.unwrap();
    assert!(expired.contains(&first) && expired.contains(&second) && expired.len() == 2, "{expired:?}");
    assert_eq!(who(index, &ask("o3", here, 100.0)).await, None, "still held");
    assert_eq!(index.release(&first).await, Ok(true), "the sweeper may release");
    assert_eq!(index.expired(10).await, Ok(vec![second]));
    // The order comes back: its lease starts anew.
    assert!(claim(index, &ask("o2", here, 100.0)).await.is_some());
    assert_eq!(index.expired(10).await, Ok(vec![]));
}

pub(super) async fn a_confirmed_claim_lasts(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here)]).await.unwrap();
    let first =
        claim(index, &ClaimRequest { lease: Duration::ZERO, ..ask("o1", here, 100.0) }).await.unwrap();
    let held = assignment("o1", &first);
    index.confirm(vec![held.clone()]).await.unwrap();
    assert_eq!(index.expired(10).await, Ok(vec![]), "an assignment does not expire");
    let again =
        claim(index, &ClaimRequest { lease: Duration::ZERO, ..ask("o1", here, 100.0) }).await.unwrap();
    assert_eq!((again.driver_id, again.token), (first.driver_id, first.token));
    assert_eq!(index.expired(10).await, Ok(vec![]), "not even when the order asks again");
    assert_eq!(index.release(&held).await, Ok(true));
}

pub(super) async fn an_assignment_overrules_a_claim(index: &impl DriverIndex) {
    let here = at(0.0, 0.0);
    index.put(vec![driver("a", here), driver("b", at(0.001, 0.0))]).await.unwrap();
    // o1 has claimed a, and o2 has claimed b; but what was committed is: a drives o2.
    let lost = assignment("o1", &claim(index, &ask("o1", here, 1_000.0)).await.unwrap());
    let elsewhere = assignment("o2", &claim(index, &ask("o2", here, 1_000.0)).await.unwrap());
    let truth =
        Assignment { driver_id: id("a"), order_id: "o2".parse().unwrap(), token: ClaimToken::fresh() };
    let unheard_of =
        Assignment { driver_id: id("c"), order_id: "o4".parse().unwrap(), token: ClaimToken::fresh() };
    let mut overruled = index.confirm(vec![truth.clone(), unheard_of.clone()]).await.unwrap();
    overruled.sort_by(|a, b| a.driver_id.cmp(&b.driver_id));
    assert_eq!(overruled, [lost.clone(), elsewhere], "and who asks is told");
    assert_eq!(index.confirm(vec![truth.clone()]).await, Ok(vec![]), "not of what stays");
    assert_eq!(order_of(index, "a").await, Some("o2".parse().unwrap()));
    assert_eq!(order_of(index, "b").await, None, "one order, one driver");
    assert_eq!(index.release(&lost).await, Ok(false), "the claim that lost is gone");
    assert_eq!(who(index, &ask("o1", here, 1_000.0)).await.as_deref(), Some("b"), "and its order may search");
    let known = claim(index, &ask("o2", at(0.01, 0.0), 1.0)).await.expect("the assignment");
    assert_eq!((known.driver_id.as_str(), &known.token), ("a", &truth.token));
    assert!((known.distance_m - 1_112.0).abs() < 1.0, "where they are now: {} m", known.distance_m);
    index.put(vec![driver("c", here)]).await.unwrap();
    assert_eq!(order_of(index, "c").await, Some("o4".parse().unwrap()), "held before they were known");
    assert_eq!(index.release(&truth).await, Ok(true));
    assert_eq!(index.release(&unheard_of).await, Ok(true));
}

pub(super) async fn claims_that_last_are_shown(index: &impl DriverIndex) {
    let names = |claims: &[Assignment]| -> BTreeSet<String> {
        claims.iter().map(|claim| format!("{claim:?}")).collect()
    };
    let shown = async |limit| {
        let (mut seen, mut from) = (BTreeSet::new(), None);
        loop {
            let lasting = index.lasting(from, limit).await.unwrap();
            seen.extend(names(&lasting.claims));
            from = lasting.next;
            if from.is_none() {
                return seen;
            }
        }
    };
    assert_eq!(shown(10).await.len(), 0);
    let here = at(0.0, 0.0);
    index.put(vec![driver("leased", here)]).await.unwrap();
    claim(index, &ask("o-leased", here, 100.0)).await.unwrap();
    // Of drivers who are not known, too. More than any adapter looks at in one step.
    let held = |n: u32| Assignment {
        driver_id: id(&format!("d{n:04}")),
        order_id: format!("o{n}").parse().unwrap(),
        token: ClaimToken::fresh(),
    };
    let all: Vec<Assignment> = (0..1_500).map(held).collect();
    index.confirm(all.clone()).await.unwrap();
    assert_eq!(shown(100).await, names(&all), "all of them, and no claim with a lease");
    for gone in &all[1..] {
        assert_eq!(index.release(gone).await, Ok(true));
    }
    assert_eq!(shown(1_000).await, names(&all[..1]));
}
