//! The rules by themselves: no database, no adapter.

use std::collections::HashSet;

use super::{BatchFacts, Driving, Facts, Message, Questions, Rows, Ruling, Step};
use crate::{
    domain::{EventId, Order, Topic},
    port::{Applied, Change, Created, Write},
    testing::{
        order_store::{Game, PlainStore, Requests},
        sample::{
            answer, cancelled, command, creation, delivered, dispatched, far_away, letter, manual, postpone,
            postponed,
        },
    },
};

/// A facts with this order, which is its first, and these events to be answered.
fn facts(order: &Order, events: &[EventId]) -> BatchFacts {
    let mut facts = BatchFacts::default();
    facts.hold(1, order.clone());
    facts.claim(events.iter().copied());
    facts
}

fn rows(ruling: Ruling<'_>) -> Rows<'_> {
    match ruling {
        Ruling::Write(rows) => rows,
        Ruling::Refuse(applied) => panic!("refused: {applied:?}"),
    }
}

#[test]
fn a_step_goes_with_its_message_and_its_driver() {
    let order = creation("a").order;
    let mut facts = facts(&order, &[]);
    let (dispatch, event) = (dispatched(&order, "joao"), EventId::fresh());
    facts.claim([event]);
    let write = answer(event, dispatch.clone());
    let made = rows(facts.decide(&write));
    let (driver, token) = (dispatch.order.driver_id.as_ref().unwrap(), dispatch.order.claim_token.as_ref());
    let expected = Rows {
        step: Some(Step {
            seq: 1,
            from: order.status,
            event: &dispatch.event,
            order: &dispatch.order,
            driving: Driving::Begins(driver, token.unwrap()),
            hastens: false,
        }),
        message: Some(Message { seq: 1, envelope: &dispatch.envelope, due_at: None, reason: None }),
        letter: None,
        answer: Some(event),
    };
    assert_eq!(made, expected);
    let (write, again) = (command(delivered(&dispatch.order)), answer(event, delivered(&dispatch.order)));
    assert_eq!(facts.decide(&again), Ruling::Refuse(Applied::Duplicate));
    let made = rows(facts.decide(&write)).step.unwrap();
    assert_eq!((made.driving, made.hastens), (Driving::Ends, true), "a command does not wait");
}

#[test]
fn whose_order_had_no_driver_frees_none() {
    let order = creation("a").order;
    let write = command(cancelled(&order));
    assert_eq!(rows(facts(&order, &[]).decide(&write)).step.unwrap().driving, Driving::Unchanged);
}

#[test]
fn a_letter_is_parked_with_its_step_or_not_at_all() {
    let (order, event) = (creation("a").order, EventId::fresh());
    let parked = letter(&order, "out of attempts");
    let park = |step| Write { inbox: Some(event), change: Change::Park(Box::new(parked.clone()), step) };
    let (alone, with) = (park(None), park(Some(Box::new(manual(&order)))));
    let mut late = manual(&order);
    late.event.version += 1;
    let late = park(Some(Box::new(late)));
    let stale = facts(&order, &[event]).decide(&late);
    assert_eq!(stale, Ruling::Refuse(Applied::Stale(Some(Box::new(order.clone())))));
    for (write, step) in [(&alone, false), (&with, true)] {
        let made = rows(facts(&order, &[event]).decide(write));
        assert_eq!((made.letter, made.answer, made.step.is_some()), (Some(&parked), Some(event), step));
    }
}

#[test]
fn a_job_that_is_answered_does_not_stand_in_its_successors_way() {
    let (order, job) = (creation("a").order, EventId::fresh());
    let mut next = postponed(&order, far_away());
    next.unless_pending = true;
    let known = || {
        let mut known = facts(&order, &[job]);
        known.wait(1, job);
        known
    };
    let (other, answering) = (postpone(next.clone()), Write { inbox: Some(job), ..postpone(next.clone()) });
    assert_eq!(known().decide(&other), Ruling::Refuse(Applied::Duplicate));
    let message = rows(known().decide(&answering)).message.unwrap();
    assert_eq!((message.due_at, message.envelope.topic), (Some(next.due_at), Topic::DispatchRequested));
}

/// What a store has looked up for a batch.
fn looked_up(plain: &mut PlainStore, batch: &[Write]) -> BatchFacts {
    let Questions { orders, events, drivers, waiting } = Questions::of(batch);
    let mut facts = BatchFacts::default();
    let standing = |plain: &mut PlainStore, order| plain.standing(order).ok().flatten();
    for id in orders {
        if let (Some(standing), Ok(Some(order))) = (standing(plain, id), plain.order(id)) {
            facts.hold(standing.seq, order);
        }
    }
    facts.claim(events.into_iter().filter(|event| plain.answered(*event) == Ok(false)));
    drivers.into_iter().filter(|driver| plain.busy(driver) == Ok(true)).for_each(|d| facts.occupy(d.clone()));
    for order in waiting {
        let Some(standing) = standing(plain, order) else { continue };
        plain.jobs(Some(standing.seq)).into_iter().for_each(|job| facts.wait(standing.seq, job));
    }
    facts
}

#[test]
fn a_batch_is_decided_in_memory_as_one_by_one() {
    for seed in 0..200 {
        let mut game = Game::new(seed);
        for _ in 0..10 {
            let mut before = game.plain.clone();
            let (batch, expected) = game.batch();
            let mut facts = looked_up(&mut before, &batch);
            let decided = batch.iter().map(|write| match facts.decide(write) {
                Ruling::Write(_) => Applied::Done,
                Ruling::Refuse(applied) => applied,
            });
            assert_eq!(decided.collect::<Vec<_>>(), expected, "game {seed}: {batch:#?}");
            let open: HashSet<_> = facts.into_unanswered().collect();
            let events = Questions::of(&batch).events;
            let answered: Vec<_> = events.iter().map(|event| !open.contains(event)).collect();
            assert_eq!(answered, game.plain.answered(&events), "game {seed}");
        }
    }
}

/// Answers in rounds, as a store does that looks at many and writes many at once.
#[test]
fn orders_that_are_looked_at_together_are_answered_as_one_by_one() {
    for seed in 0..200 {
        let mut requests = Requests::new(seed);
        for _ in 0..10 {
            let mut known = requests.known.clone();
            let (batch, expected) = requests.batch();
            let mut outcomes: Vec<Option<Created>> = vec![None; batch.len()];
            while outcomes.iter().any(Option::is_none) {
                let open = |outcomes: &[Option<Created>]| -> Vec<usize> {
                    (0..batch.len()).filter(|i| outcomes[*i].is_none()).collect()
                };
                let settled = known.settled(&batch, &open(&outcomes));
                for i in &settled {
                    outcomes[*i] = known.answer(&batch[*i]);
                }
                let ready = known.ready(&batch, &open(&outcomes));
                assert!(settled.len() + ready.len() > 0, "game {seed} stands still: {batch:#?}");
                for i in ready {
                    assert_eq!(Requests::one_by_one(&mut known, &batch[i]), Created::Stored, "game {seed}");
                    outcomes[i] = Some(Created::Stored);
                }
            }
            assert_eq!(
                outcomes.into_iter().flatten().collect::<Vec<_>>(),
                expected,
                "game {seed}: {batch:#?}"
            );
        }
    }
}
