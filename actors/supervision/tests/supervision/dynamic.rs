//! Children that come and go under one supervisor.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tropa_supervision::{
    DynamicChild, DynamicPolicy, DynamicStatus, DynamicSupervisor, Exit, LivingOrder, LivingQuery, Ref,
    Strategy, To,
};

use crate::stage::{Stage, patient, spec, until};

/// Every word that was said, in the order in which it was, with the age of the guest who said it: its words so far.
type Book = Arc<Mutex<HashMap<u32, Vec<(&'static str, usize)>>>>;

struct Guest {
    room: u32,
    words: usize,
    book: Book,
}

/// What a guest is told. The sender says that it was done.
enum Told {
    Say(&'static str, oneshot::Sender<()>),
    /// Goes on only when the other end is heard of.
    Wait(oneshot::Receiver<()>, oneshot::Sender<()>),
    Hang(oneshot::Sender<()>),
    Die(oneshot::Sender<()>),
}

impl DynamicChild for Guest {
    type Key = u32;
    type Message = Told;

    async fn handle(&mut self, told: Told) {
        let done = match told {
            Told::Say(word, done) => {
                self.words += 1;
                self.book.lock().unwrap().entry(self.room).or_default().push((word, self.words));
                done
            }
            Told::Wait(go, done) => {
                let _ = go.await;
                done
            }
            Told::Hang(_kept) => return pending().await,
            Told::Die(_kept) => panic!("of old age"),
        };
        let _ = done.send(());
    }
}

struct Hotel {
    stage: Stage,
    rooms: Ref<DynamicSupervisor<Guest>>,
    book: Book,
}

/// Long enough that nothing happens by itself.
fn calm(most: usize) -> DynamicPolicy {
    DynamicPolicy::new(most).idle(Duration::from_hours(1)).hang_after(None)
}

impl Hotel {
    fn new(policy: DynamicPolicy) -> Hotel {
        let book = Book::default();
        let kept = book.clone();
        let rooms = Ref::dynamic("hotel", patient(64), policy, move |room| Guest {
            room: *room,
            words: 0,
            book: kept.clone(),
        });
        let top = spec(Strategy::OneForOne).child(&rooms).into_ref("top", patient(16));
        Hotel { stage: Stage::new(1, top), rooms, book }
    }

    async fn tell(&self, key: u32, told: impl FnOnce(oneshot::Sender<()>) -> Told) -> oneshot::Receiver<()> {
        let (done, heard) = oneshot::channel();
        self.rooms.tell(To { key, message: told(done) }).await.unwrap();
        heard
    }

    async fn say(&self, room: u32, word: &'static str) {
        self.tell(room, |done| Told::Say(word, done)).await.await.unwrap();
    }

    /// Keeps a guest busy until the sender is used or dropped.
    async fn hold(&self, room: u32) -> (oneshot::Sender<()>, oneshot::Receiver<()>) {
        let (go, going) = oneshot::channel();
        (go, self.tell(room, |done| Told::Wait(going, done)).await)
    }

    fn counts(&self) -> DynamicStatus {
        self.stage.status("/top/hotel").dynamic.unwrap()
    }

    fn said(&self, room: u32) -> Vec<(&'static str, usize)> {
        self.book.lock().unwrap().get(&room).cloned().unwrap_or_default()
    }
}

#[test]
fn each_does_one_thing_at_a_time_and_nobody_waits_for_another() {
    let hotel = Hotel::new(calm(10));
    hotel.stage.run(async {
        let (go, held) = hotel.hold(1).await;
        let mut second = hotel.tell(1, |done| Told::Say("second", done)).await;
        let third = hotel.tell(1, |done| Told::Say("third", done)).await;
        hotel.say(2, "meanwhile").await;
        assert!(second.try_recv().is_err(), "the first is not done");
        until(|| hotel.counts().working == 1).await;
        assert_eq!(hotel.counts().living, 2);
        go.send(()).unwrap();
        held.await.unwrap();
        second.await.unwrap();
        third.await.unwrap();
        assert_eq!(hotel.said(1), [("second", 1), ("third", 2)], "by one and the same");
        until(|| hotel.counts().working == 0).await;
    });
}

#[test]
fn one_that_is_idle_goes_and_comes_back_fresh() {
    let hotel = Hotel::new(calm(10).idle(Duration::from_millis(5)));
    hotel.stage.run(async {
        hotel.say(1, "hello").await;
        until(|| hotel.counts().living == 0).await;
        hotel.say(1, "again").await;
        assert_eq!(hotel.said(1), [("hello", 1), ("again", 1)]);
        let counts = hotel.counts();
        assert_eq!((counts.started, counts.passivated >= 1), (2, true), "{counts:?}");
    });
}

#[test]
fn the_least_recently_used_makes_room_and_who_is_busy_stays() {
    let hotel = Hotel::new(calm(2));
    hotel.stage.run(async {
        let (go, held) = hotel.hold(1).await;
        hotel.say(2, "two").await;
        hotel.say(3, "three").await;
        assert_eq!((hotel.counts().living, hotel.counts().passivated), (2, 1));
        hotel.say(2, "two again").await;
        assert_eq!(hotel.said(2), [("two", 1), ("two again", 1)], "it was passivated, not the busy one");
        go.send(()).unwrap();
        held.await.unwrap();
    });
}

#[test]
fn where_all_are_busy_newcomers_wait_and_come_in_their_order() {
    let hotel = Hotel::new(calm(2));
    hotel.stage.run(async {
        let (first, _) = hotel.hold(1).await;
        let (second, _) = hotel.hold(2).await;
        let mut waiting = Vec::new();
        for (room, word) in [(3, "a"), (4, "b"), (4, "c")] {
            waiting.push(hotel.tell(room, |done| Told::Say(word, done)).await);
        }
        until(|| hotel.counts().parked == 3).await;
        first.send(()).unwrap();
        for done in waiting {
            done.await.unwrap();
        }
        assert_eq!((hotel.said(3), hotel.said(4)), (vec![("a", 1)], vec![("b", 1), ("c", 2)]));
        assert_eq!((hotel.counts().parked, hotel.counts().living), (0, 2));
        drop(second);
    });
}

#[test]
fn a_panic_ends_one_child_and_what_waits_is_handled_by_a_fresh_one() {
    let hotel = Hotel::new(calm(10));
    hotel.stage.run(async {
        hotel.say(1, "old").await;
        let (go, held) = hotel.hold(1).await;
        let dead = hotel.tell(1, Told::Die).await;
        let after = hotel.tell(1, |done| Told::Say("young", done)).await;
        let (other, neighbour) = hotel.hold(2).await;
        go.send(()).unwrap();
        held.await.unwrap();
        assert!(dead.await.is_err(), "whoever waits for it learns that it is gone");
        after.await.unwrap();
        assert_eq!(hotel.said(1), [("old", 1), ("young", 1)]);
        other.send(()).unwrap();
        neighbour.await.unwrap();
        let status = hotel.stage.status("/top/hotel");
        assert_eq!((status.epoch, hotel.counts().panicked, hotel.counts().started), (1, 1, 3));
        // Nothing waits for the next one: it is gone until it is needed.
        assert!(hotel.tell(2, Told::Die).await.await.is_err());
        until(|| hotel.counts().living == 1).await;
        hotel.say(2, "back").await;
    });
}

#[test]
fn one_that_hangs_is_given_up_with_its_message_only() {
    let hotel = Hotel::new(calm(10).hang_after(Some(Duration::from_millis(300))));
    hotel.stage.run(async {
        let hung = hotel.tell(1, Told::Hang).await;
        let after = hotel.tell(1, |done| Told::Say("next", done)).await;
        assert!(hung.await.is_err());
        after.await.unwrap();
        assert_eq!((hotel.said(1), hotel.counts().hung), (vec![("next", 1)], 1));
        assert_eq!(hotel.stage.status("/top/hotel").epoch, 1, "its supervisor is well");
    });
}

#[test]
fn an_orderly_end_waits_for_those_at_work_and_takes_the_rest_along() {
    let hotel = Hotel::new(calm(10));
    let (go, held) = hotel.stage.run(hotel.hold(1));
    let last = hotel.stage.run(hotel.tell(1, |done| Told::Say("last", done)));
    hotel.stage.run(until(|| hotel.counts().working == 1));
    hotel.stage.root.shutdown();
    go.send(()).unwrap();
    assert_eq!(hotel.stage.end(), Exit::Shutdown);
    hotel.stage.run(async {
        held.await.unwrap();
        last.await.unwrap();
    });
    assert_eq!(hotel.said(1), [("last", 1)]);
}

#[test]
fn those_that_live_are_shown_by_age_and_by_what_waits() {
    let hotel = Hotel::new(calm(10));
    hotel.stage.run(async {
        hotel.say(21, "first").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (go, held) = hotel.hold(22).await;
        let behind = hotel.tell(22, |done| Told::Say("behind", done)).await;
        hotel.say(3, "last").await;
        let ask = async |by, limit, prefix: &str| {
            let query = LivingQuery { by, limit, prefix: prefix.to_owned() };
            hotel.stage.system.living(query).await
        };
        let by_age = ask(LivingOrder::Age, 10, "").await;
        assert_eq!(by_age.len(), 3);
        assert_eq!((by_age[0].key.as_str(), by_age[0].supervisor.as_str()), ("21", "/top/hotel"));
        assert!(by_age[0].age_ms >= 20 && by_age[0].idle_ms >= 20 && !by_age[0].working, "{by_age:?}");
        let by_depth = ask(LivingOrder::Depth, 1, "").await;
        assert_eq!(by_depth.len(), 1);
        let busiest = &by_depth[0];
        assert_eq!(
            (busiest.key.as_str(), busiest.depth, busiest.working, busiest.idle_ms),
            ("22", 1, true, 0)
        );
        let found = ask(LivingOrder::Age, 10, "2").await;
        assert_eq!(found.iter().map(|child| child.key.as_str()).collect::<Vec<_>>(), ["21", "22"]);
        go.send(()).unwrap();
        held.await.unwrap();
        behind.await.unwrap();
    });
}
