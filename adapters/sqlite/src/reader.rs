//! Threads that read beside the writer, each with a connection that cannot write.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tropa_contract::port::StoreError;

use super::{failure::Failure, gone};

/// Questions that may wait; whoever comes then waits for room.
const QUEUE: usize = 256;

type Question = Box<dyn FnOnce(&Connection) + Send>;

enum Request {
    Read(Question),
    /// Let go of the file, then say so.
    Stop(oneshot::Sender<()>),
}

/// Handle to the threads.
#[derive(Clone)]
pub struct Readers {
    requests: mpsc::Sender<Request>,
    threads: usize,
    busy: Arc<AtomicUsize>,
}

impl Readers {
    /// Starts a thread for each connection.
    pub fn start(connections: Vec<Connection>) -> std::io::Result<Self> {
        let (requests, queue) = mpsc::channel(QUEUE);
        let (queue, threads) = (Arc::new(Mutex::new(queue)), connections.len());
        let busy = Arc::new(AtomicUsize::new(0));
        for (i, connection) in connections.into_iter().enumerate() {
            let (queue, busy) = (queue.clone(), busy.clone());
            thread::Builder::new()
                .name(format!("sqlite-reader-{i}"))
                .spawn(move || run(connection, &queue, &busy))?;
        }
        Ok(Self { requests, threads, busy })
    }

    /// Runs `work` on the next free connection.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let (done, answer) = oneshot::channel();
        let question: Question = Box::new(move |connection| {
            // Whoever asked may have stopped waiting.
            let _ = done.send(work(connection).map_err(StoreError::from));
        });
        self.requests.send(Request::Read(question)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// How many threads there are, how many of them read, and how many questions wait.
    pub fn sight(&self) -> (usize, usize, usize) {
        (self.threads, self.busy.load(Ordering::Relaxed), QUEUE - self.requests.capacity())
    }

    /// Ends the threads, behind what is queued; returns when none has the file open.
    pub async fn stop(&self) {
        for _ in 0..self.threads {
            let (done, stopped) = oneshot::channel();
            // Refused when all have ended already.
            if self.requests.send(Request::Stop(done)).await.is_ok() {
                let _ = stopped.await;
            }
        }
    }
}

fn run(connection: Connection, queue: &Mutex<mpsc::Receiver<Request>>, busy: &AtomicUsize) {
    loop {
        // Held while waiting: the thread that has it takes the next question, the others queue behind it.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match next {
            Some(Request::Read(question)) => {
                busy.fetch_add(1, Ordering::Relaxed);
                question(&connection);
                busy.fetch_sub(1, Ordering::Relaxed);
            }
            Some(Request::Stop(done)) => {
                drop(connection);
                let _ = done.send(());
                return;
            }
            None => return,
        }
    }
}
