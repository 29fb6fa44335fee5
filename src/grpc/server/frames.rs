//! HTTP/2 frames that ask for nothing: each is answered or noted, none is work. A peer has so many of them for what it asks;
//! and it may ask, and then give up, so often.

use tokio::time::Instant;

use super::MAX_CALLS;

/// What begins the connection (RFC 9113, 3.4).
const PREFACE: usize = 24;
/// Length, type, flags and stream (RFC 9113, 4.1).
const HEAD: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;

/// Frames that a peer may send before it has asked for anything: its settings, a ping or two.
const BURST: f64 = 256.0;
/// And so many a second, for a peer that keeps its connection alive.
const PER_SECOND: f64 = 32.0;
/// A request, or a piece of one, comes with a few: windows, pings that measure the way, a reset.
const PER_REQUEST: f64 = 8.0;

/// Calls that may be given up a second: all there may be at once, of a caller whose deadlines are short.
const RESETS_PER_SECOND: f64 = MAX_CALLS as f64;
/// And at once.
const RESETS: f64 = 4.0 * RESETS_PER_SECOND;

/// Counts the frames of one connection.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes to pass over until the next head.
    skip: usize,
    head: [u8; HEAD],
    filled: usize,
    allowed: f64,
    resets: f64,
    at: Option<Instant>,
}

impl Default for Frames {
    fn default() -> Self {
        Self { skip: PREFACE, head: [0; HEAD], filled: 0, allowed: BURST, resets: RESETS, at: None }
    }
}

impl Frames {
    /// Takes what was read. False when there was too much that asks for nothing, or for nothing in the end.
    pub fn take(&mut self, mut bytes: &[u8], now: Instant) -> bool {
        let since = self.at.replace(now).map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.earn(since * PER_SECOND);
        self.resets = (self.resets + since * RESETS_PER_SECOND).min(RESETS);
        while !bytes.is_empty() {
            let passed = self.skip.min(bytes.len());
            self.skip -= passed;
            bytes = &bytes[passed..];
            let taken = (HEAD - self.filled).min(bytes.len());
            self.head[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == HEAD {
                self.filled = 0;
                self.frame();
            }
        }
        self.allowed >= 0.0 && self.resets >= 0.0
    }

    fn frame(&mut self) {
        let [a, b, c, kind, ..] = self.head;
        self.skip = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        match kind {
            HEADERS => self.earn(PER_REQUEST),
            RESET => self.resets -= 1.0,
            DATA if self.skip > 0 => self.earn(PER_REQUEST),
            _ => self.allowed -= 1.0,
        }
    }

    fn earn(&mut self, frames: f64) {
        self.allowed = (self.allowed + frames).min(BURST);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const CONTINUATION: u8 = 9;

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        let head = [0, 0, length, kind, 0, 0, 0, 0, 0];
        [&head[..], &vec![7; usize::from(length)]].concat()
    }

    fn opened(now: Instant) -> Frames {
        let mut frames = Frames::default();
        assert!(frames.take(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", now));
        frames
    }

    #[test]
    fn a_flood_ends_and_a_ping_now_and_then_does_not() {
        let mut now = Instant::now();
        for (kind, length) in [(PING, 8), (SETTINGS, 0), (DATA, 0), (CONTINUATION, 4), (200, 0)] {
            let mut frames = opened(now);
            let taken = (0..1_000).take_while(|_| frames.take(&frame(kind, length), now)).count();
            assert_eq!(taken, BURST as usize, "{kind}");
        }
        let mut frames = opened(now);
        for _ in 0..10_000 {
            now += Duration::from_millis(50);
            assert!(frames.take(&frame(PING, 8), now));
        }
    }

    #[test]
    fn who_asks_may_say_more() {
        let now = Instant::now();
        let mut frames = opened(now);
        for _ in 0..10_000 {
            let call =
                [frame(HEADERS, 90), frame(DATA, 60), frame(8, 4), frame(PING, 8), frame(8, 4)].concat();
            assert!(frames.take(&call, now));
        }
    }

    #[test]
    fn who_asks_only_to_give_up_is_counted_and_who_gives_up_now_and_then_is_not() {
        let mut now = Instant::now();
        let given_up = [frame(HEADERS, 90), frame(DATA, 60), frame(RESET, 4)].concat();
        let mut frames = opened(now);
        let taken = (0..10_000).take_while(|_| frames.take(&given_up, now)).count();
        assert_eq!(taken, RESETS as usize);
        let mut frames = opened(now);
        for _ in 0..10_000 {
            now += Duration::from_millis(5);
            assert!(frames.take(&given_up, now));
        }
    }

    #[test]
    fn however_it_is_cut_into_pieces() {
        let now = Instant::now();
        let stream = [frame(HEADERS, 90), frame(PING, 8), frame(SETTINGS, 0)].concat().repeat(20);
        let (mut whole, mut pieces) = (opened(now), opened(now));
        assert!(whole.take(&stream, now));
        assert!(stream.iter().all(|byte| pieces.take(&[*byte], now)));
        assert_eq!((whole.allowed, whole.skip, whole.filled), (pieces.allowed, pieces.skip, pieces.filled));
    }
}
