//! What a [`Chronicle`] must do.

use std::time::Duration;

use super::sample::now;
use crate::port::{Chronicle, Horizon};

const HOUR: Duration = Duration::from_hours(1);
const NEARLY: Duration = Duration::from_mins(55);
const DAY: Duration = Duration::from_hours(24);

/// The clock has shown nothing from before this: between the first mark and the test's end lies less.
const MOMENT: Duration = Duration::from_mins(5);

/// Runs every case, each on a fresh store. `set_back` makes a store believe that the last mark was made by a clock so much
/// behind, as if somebody had set it: it changes what was marked, not the clock, because nobody can set a server's for a test.
pub async fn suite<S: Chronicle>(fresh: impl AsyncFn() -> S, set_back: impl AsyncFn(&S, Duration)) {
    it_tells_the_time(&fresh().await).await;
    nothing_is_vouched_for_before_it_was_seen(&fresh().await).await;
    what_passed_counts_when_somebody_saw_it(&fresh().await, &set_back).await;
    a_jump_ahead_is_no_time_that_passed(&fresh().await, &set_back).await;
    what_several_saw_counts_once(&fresh().await, &set_back).await;
    a_clock_that_was_behind_is_remembered_for_as_long_as_asked(&fresh().await, &set_back).await;
}

async fn horizon(store: &impl Chronicle, span: Duration) -> Horizon {
    store.horizon(span).await.unwrap().expect("it was marked")
}

async fn complete(store: &impl Chronicle, span: Duration) -> bool {
    horizon(store, span).await.complete
}

async fn it_tells_the_time(store: &impl Chronicle) {
    let (before, told, after) = (now(), store.time().await.unwrap().time, now());
    let slack = Duration::from_secs(1);
    assert!(before - slack <= told && told <= after + slack, "{told}");
}

async fn nothing_is_vouched_for_before_it_was_seen(store: &impl Chronicle) {
    store.mark(Duration::ZERO).await.unwrap();
    let horizon = horizon(store, HOUR).await;
    assert!(!horizon.complete, "nobody has run for an hour");
    assert!(now() - horizon.earliest < MOMENT, "{horizon:?}");
    // Whoever says so has not been running since before the first mark.
    store.mark(2 * HOUR).await.unwrap();
    assert!(!complete(store, HOUR).await);
}

async fn what_passed_counts_when_somebody_saw_it<S: Chronicle>(
    store: &S,
    set_back: &impl AsyncFn(&S, Duration),
) {
    store.mark(Duration::ZERO).await.unwrap();
    set_back(store, HOUR).await;
    store.mark(HOUR).await.unwrap();
    assert!(complete(store, NEARLY).await);
    assert!(!complete(store, HOUR + MOMENT).await);
    let recent = horizon(store, Duration::ZERO).await;
    assert!(recent.complete && now() - recent.earliest < MOMENT, "of now alone: {recent:?}");
}

async fn a_jump_ahead_is_no_time_that_passed<S: Chronicle>(store: &S, set_back: &impl AsyncFn(&S, Duration)) {
    store.mark(Duration::ZERO).await.unwrap();
    set_back(store, 8 * DAY).await;
    store.mark(Duration::from_secs(10)).await.unwrap();
    assert!(!complete(store, HOUR).await, "ten seconds have passed");
    assert!(complete(store, Duration::from_secs(9)).await);
}

async fn what_several_saw_counts_once<S: Chronicle>(store: &S, set_back: &impl AsyncFn(&S, Duration)) {
    store.mark(Duration::ZERO).await.unwrap();
    set_back(store, HOUR).await;
    for _ in 0..5 {
        store.mark(HOUR).await.unwrap();
    }
    assert!(complete(store, NEARLY).await && !complete(store, 2 * HOUR).await);
}

async fn a_clock_that_was_behind_is_remembered_for_as_long_as_asked<S: Chronicle>(
    store: &S,
    set_back: &impl AsyncFn(&S, Duration),
) {
    store.mark(Duration::ZERO).await.unwrap();
    // What was shown at first lies 8 days behind; then an hour passes.
    set_back(store, 8 * DAY).await;
    store.mark(HOUR).await.unwrap();
    assert!(now() - horizon(store, HOUR).await.earliest > 7 * DAY, "it was shown within the hour");
    for _ in 0..2 {
        set_back(store, HOUR).await;
        store.mark(HOUR).await.unwrap();
    }
    let passed = horizon(store, HOUR).await;
    assert!(passed.complete && now() - passed.earliest < 3 * HOUR, "it was shown before: {passed:?}");
}
