//! Wakers for the parts of one task, so that only those that were woken are polled.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The bells of one task.
#[derive(Default)]
pub(crate) struct Bells(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// Those that rang, each once.
    rung: Vec<usize>,
    /// Who is woken by them.
    task: Option<Waker>,
}

impl Bells {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A bell for the part of this number.
    pub(crate) fn hang(self: &Arc<Self>, number: usize) -> Arc<Bell> {
        Arc::new(Bell { number, rung: AtomicBool::new(false), bells: self.clone() })
    }

    /// All that rang; the next one to ring wakes `task`.
    pub(crate) fn rung(&self, task: &Waker) -> Vec<usize> {
        let mut queue = self.queue();
        queue.task.get_or_insert_with(|| task.clone()).clone_from(task);
        std::mem::take(&mut queue.rung)
    }

    /// Whether one has rung since.
    pub(crate) fn any(&self) -> bool {
        !self.queue().rung.is_empty()
    }

    /// Those that rang and were not listened to, for the next time.
    pub(crate) fn leave(&self, numbers: impl Iterator<Item = usize>) {
        self.queue().rung.extend(numbers);
    }
}

/// Wakes one part.
pub(crate) struct Bell {
    number: usize,
    /// Is in the queue.
    rung: AtomicBool,
    bells: Arc<Bells>,
}

impl Bell {
    /// Rings without waking the task, which is about to listen anyway.
    pub(crate) fn set(&self) {
        if !self.rung.swap(true, SeqCst) {
            self.bells.queue().rung.push(self.number);
        }
    }

    /// Is listened to: it may ring again.
    pub(crate) fn still(&self) {
        self.rung.store(false, SeqCst);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, SeqCst) {
            return;
        }
        let mut queue = self.bells.queue();
        queue.rung.push(self.number);
        let task = queue.task.clone();
        drop(queue);
        if let Some(task) = task {
            task.wake();
        }
    }
}
