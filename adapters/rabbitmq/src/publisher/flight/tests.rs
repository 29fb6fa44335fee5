use std::collections::VecDeque;

use super::*;

/// The broker's and lapin's side of a channel: what is returned is queued, and each confirmation takes one return along.
#[derive(Default)]
struct Channel {
    returns: VecDeque<Return>,
    /// Answers in the order in which they were processed, not yet seen by us.
    unseen: Vec<(u64, Answer)>,
}

impl Channel {
    fn confirm(&mut self, number: u64) {
        let returned = self.returns.pop_front();
        self.unseen.push((number, Answer::Ack(returned)));
    }
}

fn back(id: EventId) -> Return {
    Return { id: Some(id), reason: "NO_ROUTE".to_owned() }
}

/// Tells what was answered by now, in any order, then settles: what a session does in one round.
fn round(flight: &mut Flight<bool>, channel: &mut Channel, verdicts: &mut Vec<(bool, Verdict)>) {
    // Seen by chance, before what was processed earlier.
    if !channel.unseen.is_empty() {
        let early = channel.unseen.remove(fastrand::usize(..channel.unseen.len()));
        flight.answered(early.0, early.1, verdicts);
    }
    let acked = flight.acked();
    fastrand::shuffle(&mut channel.unseen);
    for (number, answer) in channel.unseen.drain(..) {
        flight.answered(number, answer, verdicts);
    }
    flight.settle(acked, verdicts);
}

#[test]
fn tells_the_routed_from_the_returned_in_every_interleaving() {
    for seed in 0..2_000 {
        fastrand::seed(seed);
        let (mut flight, mut channel, mut verdicts) = (Flight::new(), Channel::default(), Vec::new());
        let mut sent = Vec::new();
        let mut returned = Vec::new();
        let total = fastrand::usize(1..60);
        let mut launched = 0;
        while launched < total || !sent.is_empty() || !returned.is_empty() {
            match fastrand::u8(..5) {
                0 | 1 if launched < total => {
                    let (id, routable) = (EventId::fresh(), fastrand::bool());
                    sent.push((flight.launch(id, routable), id, routable));
                    launched += 1;
                }
                // An unroutable message is returned first, and confirmed at some later time.
                2 if !sent.is_empty() => {
                    let (number, id, routable) = sent.swap_remove(fastrand::usize(..sent.len()));
                    if routable {
                        channel.confirm(number);
                    } else {
                        channel.returns.push_back(back(id));
                        returned.push(number);
                    }
                }
                3 if !returned.is_empty() => {
                    channel.confirm(returned.swap_remove(fastrand::usize(..returned.len())));
                }
                _ => round(&mut flight, &mut channel, &mut verdicts),
            }
        }
        while !flight.is_empty() {
            round(&mut flight, &mut channel, &mut verdicts);
        }
        assert_eq!(verdicts.len(), total, "seed {seed}");
        for (routable, verdict) in verdicts {
            assert_eq!(verdict == Verdict::Confirmed, routable, "seed {seed}: {verdict:?}");
        }
    }
}

#[test]
fn what_the_broker_refuses_is_refused() {
    let (mut flight, mut verdicts) = (Flight::new(), Vec::new());
    let (other, lost) = (EventId::fresh(), EventId::fresh());
    let numbers = [flight.launch(other, 'a'), flight.launch(EventId::fresh(), 'b'), flight.launch(lost, 'c')];
    assert_eq!(flight.oldest(), Some(&'a'));
    flight.answered(numbers[1], Answer::Nack(Some(back(other))), &mut verdicts);
    flight.answered(numbers[2], Answer::Lost("gone".to_owned()), &mut verdicts);
    flight.answered(numbers[0], Answer::Ack(None), &mut verdicts);
    flight.settle(flight.acked(), &mut verdicts);
    assert!(flight.is_empty());
    let refused = |text: &str| Verdict::Refused(text.to_owned());
    let expected = [
        ('b', refused("refused by the broker")),
        ('c', refused("gone")),
        ('a', Verdict::Returned("NO_ROUTE".to_owned())),
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn an_answer_for_nobody_is_nothing() {
    let (mut flight, mut verdicts) = (Flight::<()>::new(), Vec::new());
    flight.answered(7, Answer::Ack(None), &mut verdicts);
    flight.settle(flight.acked(), &mut verdicts);
    assert!(verdicts.is_empty() && flight.is_empty());
}
