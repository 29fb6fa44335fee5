//! Catching a panic together with the place it happened at.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// How many [`caught`] regions this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where the last caught panic of this thread happened.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Puts a hook before the present one, once per process: panics of supervised actors leave their place and are silent
/// (they are logged once, as an exit); every other panic goes to the hook that was there.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                previous(info);
            } else if let Some(location) = info.location() {
                PLACE.with(|place| *place.borrow_mut() = Some(location.to_string()));
            }
        }));
    });
}

/// Runs `f`; a panic comes back as its text and place.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    struct Inside;
    impl Drop for Inside {
        fn drop(&mut self) {
            DEPTH.with(|depth| depth.set(depth.get() - 1));
        }
    }
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let _inside = Inside;
    // Unwind safety: what `f` touched is the actor, and after a panic the actor is dropped, never used again.
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(describe)
}

fn describe(payload: Box<dyn Any + Send>) -> String {
    let text = match payload.downcast::<&'static str>() {
        Ok(text) => (*text).to_owned(),
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => {
                // A payload of the user's own type may panic again when it is dropped.
                let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
                "a panic without a text".to_owned()
            }
        },
    };
    match PLACE.with(|place| place.borrow_mut().take()) {
        Some(place) => format!("{text} at {place}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_back_with_its_place() {
        install_hook();
        let failure = caught(|| panic!("no {}", "luck")).unwrap_err();
        assert!(failure.starts_with("no luck at ") && failure.contains("panics.rs"), "{failure}");
        assert_eq!(caught(|| 7), Ok(7));
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_survived() {
        struct Nasty;
        impl Drop for Nasty {
            fn drop(&mut self) {
                panic!("and again");
            }
        }
        install_hook();
        let failure = caught(|| panic::panic_any(Nasty)).unwrap_err();
        assert!(failure.starts_with("a panic without a text"), "{failure}");
    }
}
