//! The threads that actors live on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_rt::{Arbiter, ArbiterHandle, System};
use tokio::runtime::Runtime;

/// The threads that actors live on. Number 0 is for supervisors, so that no worker can block them.
pub(crate) struct Arbiters {
    runtime: Arc<Runtime>,
    system: System,
    /// The actix system was started for us, so it ends with us.
    own_system: bool,
    seats: Mutex<Vec<Seat>>,
}

struct Seat {
    arbiter: Arbiter,
    /// How often it was replaced.
    generation: u64,
}

impl Arbiters {
    pub(crate) fn new(workers: usize, runtime: Arc<Runtime>) -> Self {
        let current = System::try_current();
        let own_system = current.is_none();
        let system = current.unwrap_or_else(|| start_system(runtime.clone()));
        let arbiters = Arbiters { runtime, system, own_system, seats: Mutex::new(Vec::new()) };
        for _ in 0..=workers.max(1) {
            let arbiter = arbiters.start();
            arbiters.lock().push(Seat { arbiter, generation: 0 });
        }
        arbiters
    }

    pub(crate) fn workers(&self) -> usize {
        self.lock().len() - 1
    }

    /// The arbiter with this number, counted round the workers there are, and which thread that is.
    pub(crate) fn seat(&self, number: usize) -> (ArbiterHandle, (usize, u64)) {
        let mut seats = self.lock();
        let number = wrapped(number, seats.len());
        if !seats[number].arbiter.alive() {
            seats[number] = Seat { arbiter: self.start(), generation: seats[number].generation + 1 };
        }
        (seats[number].arbiter.handle(), (number, seats[number].generation))
    }

    /// Puts a new thread in the place of a blocked one, unless that has been done already. A thread cannot be killed: it
    /// is left alone, told to end when it wakes. True: it was done now.
    pub(crate) fn replace(&self, (number, generation): (usize, u64)) -> bool {
        let mut seats = self.lock();
        if seats[number].generation != generation {
            return false; // a sibling on that thread was found hung first
        }
        let fresh = Seat { arbiter: self.start(), generation: generation + 1 };
        std::mem::replace(&mut seats[number], fresh).arbiter.stop();
        true
    }

    /// Ends all of them; what still lives there is dropped.
    pub(crate) fn stop(&self) {
        for seat in self.lock().iter() {
            seat.arbiter.stop();
        }
    }

    fn start(&self) -> Arbiter {
        let (system, runtime) = (self.system.clone(), self.runtime.clone());
        if System::try_current().is_some_and(|current| current.id() == system.id()) {
            return Arbiter::with_tokio_rt(move || runtime);
        }
        // An arbiter belongs to the system that is current where it is made, and what was made current on a thread cannot
        // be taken back: the caller's thread is not ours to change.
        let make = move || {
            System::set_current(system);
            Arbiter::with_tokio_rt(move || runtime)
        };
        std::thread::spawn(make).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arbiters {
    fn drop(&mut self) {
        self.stop();
        if self.own_system {
            self.system.stop();
        }
    }
}

fn wrapped(number: usize, seats: usize) -> usize {
    if number == 0 { 0 } else { 1 + (number - 1) % (seats - 1) }
}

/// actix ties arbiters to a running system; where the program has none, one on a thread of its own.
fn start_system(runtime: Arc<Runtime>) -> System {
    let (started, system) = std::sync::mpsc::channel();
    let run = move || {
        let runner = System::with_tokio_rt(move || runtime);
        let _ = started.send(System::current());
        let _ = runner.run();
    };
    let thread = std::thread::Builder::new().name("actor-system".into()).spawn(run);
    thread.and_then(|_| system.recv().map_err(std::io::Error::other)).unwrap_or_else(|error| {
        // As `Runtime` and `Arbiter` do: a process that gets no thread at its start cannot begin at all.
        panic!("cannot start the actor system's thread: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supervisors_keep_their_thread_and_workers_go_round() {
        let numbers: Vec<usize> = (0..6).map(|number| wrapped(number, 3)).collect();
        assert_eq!(numbers, [0, 1, 2, 1, 2, 1]);
    }
}
