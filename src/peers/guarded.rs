//! A connection's stream, which ends itself when its peer takes too much.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

use super::{Peer, Place, Watch, Watched};

/// Read of a body in one go. Then it is somebody else's turn.
const TURN: usize = 8 << 10;

/// Read in one go of what may be requests. All that is read is taken apart before the first of them is answered, and waits
/// there while its peer does not take the answers; so no more is read until nothing waits.
const HEADS: usize = 1 << 10;

/// What the kernel holds for a peer who does not take it; it makes twice of it, and tells of room when a third is free. Left
/// to itself it would hold megabytes, and a slow reader would look like none for a minute.
const KERNEL: usize = 64 << 10;

/// Taken by the peer within the time it has, at least; otherwise it only pretends to read.
const LEAST: usize = 4 << 10;

/// How a connection has to move.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// What waits to be sent has to move within this time.
    pub write: Duration,
    /// Reads are bounded by what was asked for, and stop while answers are not taken. For protocols in which a peer has to
    /// take one answer to be given the next.
    pub by_request: bool,
}

/// A connection that has a place.
pub type Guarded = Watched<TcpStream, Guard>;

/// Who watches over a connection.
#[derive(Debug)]
pub struct Guard {
    place: Place,
    pace: Pace,
    /// There is something that the peer does not take.
    blocked: Option<Blocked>,
    /// Read since it was last somebody else's turn.
    turn: usize,
}

#[derive(Debug)]
struct Blocked {
    patience: Pin<Box<Sleep>>,
    taken: usize,
}

impl Guarded {
    /// Watches over a connection that was accepted.
    pub fn new(socket: TcpStream, place: Place, how: Pace) -> Self {
        // A socket that cannot be told is as it was.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&socket, KERNEL);
        Self { stream: socket, watch: Guard { place, pace: how, blocked: None, turn: 0 } }
    }

    /// The other side, for whoever works for it.
    pub fn peer(&self) -> &Arc<Peer> {
        self.watch.place.peer()
    }

    /// The connection itself.
    pub fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Where the other side is.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    /// Ends it because of what its peer does: what waits to be sent is forgotten, here and in the kernel.
    pub fn cut(&self, reason: &'static str) -> io::Error {
        self.watch.cut(&self.stream, reason)
    }
}

impl Guard {
    fn cut(&self, socket: &TcpStream, reason: &'static str) -> io::Error {
        self.place.cut(reason);
        // An error says that it is gone already.
        let _ = socket.set_zero_linger();
        io::Error::new(io::ErrorKind::TimedOut, reason)
    }
}

impl Watch<TcpStream> for Guard {
    fn may_read(&mut self, _: &TcpStream, cx: &mut Context<'_>) -> Poll<usize> {
        let peer = self.place.peer();
        peer.watch(cx.waker());
        if peer.is_dismissed() {
            return Poll::Ready(0);
        }
        if !self.pace.by_request {
            return Poll::Ready(usize::MAX);
        }
        if self.blocked.is_some() {
            // Who writes is woken when the peer takes something, and then asks again.
            return Poll::Pending;
        }
        let room = usize::try_from(peer.room()).unwrap_or(usize::MAX);
        if room == 0 {
            if peer.works() {
                return Poll::Pending;
            }
            self.place.cut("excess");
            return Poll::Ready(0);
        }
        let turn = if peer.sends_body() { TURN } else { HEADS };
        if self.turn >= turn {
            self.turn = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(room.min(turn - self.turn))
    }

    fn has_read(
        &mut self,
        _: &TcpStream,
        _: &mut Context<'_>,
        read: Poll<io::Result<()>>,
        bytes: &[u8],
    ) -> Poll<io::Result<()>> {
        if read.is_pending() {
            self.turn = 0;
        }
        ready!(read)?;
        self.turn += bytes.len();
        self.place.peer().read(bytes.len());
        Poll::Ready(Ok(()))
    }

    fn has_written(
        &mut self,
        socket: &TcpStream,
        cx: &mut Context<'_>,
        wanted: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(result) = written {
            let count = *result.as_ref().unwrap_or(&0);
            self.place.peer().moved();
            match &mut self.blocked {
                Some(_) if count >= wanted => self.blocked = None,
                Some(blocked) => blocked.taken += count,
                None => {}
            }
            return Poll::Ready(result);
        }
        let time = self.pace.write;
        let blocked =
            self.blocked.get_or_insert_with(|| Blocked { patience: Box::pin(sleep(time)), taken: 0 });
        loop {
            ready!(blocked.patience.as_mut().poll(cx));
            if blocked.taken < LEAST {
                return Poll::Ready(Err(self.cut(socket, "stalled")));
            }
            blocked.taken = 0;
            blocked.patience.as_mut().reset(Instant::now() + time);
        }
    }
}
