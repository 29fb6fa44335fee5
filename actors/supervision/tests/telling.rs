//! What the log and the spans say. A process of its own: subscriber and panic hook are the whole process's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::panic;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use actix::prelude::*;
use tracing::Instrument;
use tropa_supervision::{
    ActorSystem, AskError, Backoff, Budget, Context, Exit, Lifecycle, Policy, Ref, Root, Strategy,
    SupervisorSpec,
};

/// Everything logged so far, and how often the hook that was there before was called.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static HOOKED: AtomicU32 = AtomicU32::new(0);

struct Scribe;

impl Write for Scribe {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lines_with(word: &str) -> Vec<String> {
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    log.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

struct Teller;

impl Actor for Teller {
    type Context = Context<Self>;
}

/// Replied with the spans it is handled in: at once, in a reply of its own, and in one that keeps all else waiting.
#[derive(Message)]
#[rtype(result = "Option<&'static str>")]
struct Where(u8);

fn here() -> Option<&'static str> {
    tracing::Span::current().metadata().map(tracing::Metadata::name)
}

impl Handler<Where> for Teller {
    type Result = ActorResponse<Self, Option<&'static str>>;

    fn handle(&mut self, Where(way): Where, ctx: &mut Context<Self>) -> Self::Result {
        let later = async {
            tokio::task::yield_now().await;
            here()
        };
        match way {
            0 => ActorResponse::reply(here()),
            1 => ActorResponse::r#async(later.into_actor(self)),
            _ => {
                ctx.note(Some("cannot reach the printer".to_owned()));
                ActorResponse::reply(None)
            }
        }
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Blow(&'static str);

impl Handler<Blow> for Teller {
    type Result = ();

    fn handle(&mut self, Blow(word): Blow, _: &mut Context<Self>) {
        panic!("{word}");
    }
}

fn with_teller<T>(scene: impl AsyncFnOnce(&ActorSystem, &Ref<Teller>) -> T) -> T {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt().with_writer(|| Scribe).with_ansi(false).init();
        panic::set_hook(Box::new(|_| {
            HOOKED.fetch_add(1, SeqCst);
        }));
    });
    let runtime = Arc::new(tokio::runtime::Runtime::new().unwrap());
    let system = ActorSystem::new(1, runtime.clone());
    let backoff = Backoff { initial: Duration::from_millis(1), ..Backoff::default() };
    let teller = Ref::new("teller", Policy::new(8).backoff(backoff), |_| Teller);
    let budget = Budget::new(5, Duration::from_mins(1));
    let top = SupervisorSpec::new(Strategy::OneForOne, budget).child(&teller).into_ref("top", Policy::new(8));
    let root = Root::start(&system, top);
    let result = runtime.block_on(scene(&system, &teller));
    root.shutdown();
    assert_eq!(root.wait_timeout(Duration::from_secs(20)), Some(Exit::Shutdown));
    result
}

#[test]
fn a_message_is_handled_in_the_span_it_was_sent_in() {
    with_teller(async |_, teller| {
        for way in [0, 1] {
            let asked = teller.ask(Where(way)).instrument(tracing::info_span!("delivery")).await;
            assert_eq!(asked, Ok(Some("delivery")), "way {way}");
            assert_eq!(teller.ask(Where(way)).await, Ok(None), "way {way}: nothing sticks");
        }
    });
}

#[test]
fn a_panic_of_an_actor_is_logged_once_with_its_place_and_one_elsewhere_goes_the_old_way() {
    with_teller(async |system, teller| {
        let mut events = system.events();
        assert_eq!(teller.ask(Blow("a very rare word")).await, Err(AskError::Crashed));
        while !matches!(events.recv().await.unwrap().kind, Lifecycle::Exited { .. }) {}
        let lines = lines_with("a very rare word");
        assert_eq!(lines.len(), 1, "{lines:?}");
        for part in ["WARN", "/top/teller", "epoch=1", "handling Blow: a very rare word at ", "telling.rs:"] {
            assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
        }
        assert_eq!(HOOKED.load(SeqCst), 0, "not told twice");
        std::thread::spawn(|| panic!("elsewhere")).join().unwrap_err();
        assert_eq!(HOOKED.load(SeqCst), 1, "as before");
    });
}

#[test]
fn an_actor_says_what_keeps_it_from_its_work() {
    with_teller(async |system, teller| {
        let mut events = system.events();
        assert_eq!(teller.ask(Where(2)).await, Ok(None));
        assert_eq!(teller.ask(Where(2)).await, Ok(None), "the same again is no news");
        let said = Some("cannot reach the printer".to_owned());
        assert_eq!(system.status("/top/teller").unwrap().condition, said);
        assert_eq!(teller.ask(Blow("another")).await, Err(AskError::Crashed));
        assert_eq!(teller.ask(Where(0)).await, Ok(None));
        assert_eq!(system.status("/top/teller").unwrap().condition, None, "a new one has not said it");
        let mut noted = 0;
        while let Ok(event) = events.try_recv() {
            noted += u32::from(event.kind == Lifecycle::Noted { condition: said.clone() });
        }
        assert_eq!(noted, 1);
    });
}
