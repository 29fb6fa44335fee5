//! One way through the proxy, and what the weather does to the bytes on it.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Flow, Shared, Weather};

/// A `basic.ack` from its size on: 13 bytes, class 60, method 80. Type and channel stand before it; it has 21 bytes.
const ACK: &[u8] = b"\0\0\0\x0d\0\x3c\0\x50";
const ACK_STARTS_BEFORE: usize = 3;
const ACK_LENGTH: usize = 21;

/// One direction of one connection.
#[derive(Clone, Copy)]
pub(super) struct Lane<'a> {
    pub shared: &'a Shared,
    pub to_client: bool,
}

impl Lane<'_> {
    fn of(self, weather: &Weather) -> Flow {
        if self.to_client { weather.to_client } else { weather.to_server }
    }

    /// Waits until bytes may go; counts as holding meanwhile, when there are some.
    async fn clear(self, bytes: &[u8], frozen: &mut bool) {
        let mut weather = self.shared.weather.subscribe();
        let flow = self.of(&weather.borrow_and_update());
        match flow {
            Flow::Pass | Flow::AckTwice => *frozen = false,
            Flow::Delay(time) => {
                *frozen = false;
                tokio::time::sleep(time).await;
            }
            Flow::HoldAt(pattern) => *frozen |= bytes.windows(pattern.len()).any(|window| window == pattern),
            Flow::Hold => *frozen = true,
        }
        if *frozen {
            let _held = self.to_client.then(|| Held::new(&self.shared.holding, bytes));
            // A sender that is gone means the proxy is, and this task with it.
            let _ = weather
                .wait_for(|now| matches!(self.of(now), Flow::Pass | Flow::AckTwice | Flow::Delay(_)))
                .await;
            *frozen = false;
        }
    }

    /// The same bytes with an acknowledgement in it twice, once, when that is the weather.
    fn doubled(self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.of(&self.shared.weather.borrow()) != Flow::AckTwice {
            return None;
        }
        let at = bytes.windows(ACK.len()).position(|window| window == ACK)?;
        let start = at.checked_sub(ACK_STARTS_BEFORE)?;
        let ack = bytes.get(start..start + ACK_LENGTH)?;
        let mut doubled = bytes[..start + ACK_LENGTH].to_vec();
        doubled.extend_from_slice(ack);
        doubled.extend_from_slice(&bytes[start + ACK_LENGTH..]);
        self.shared.weather.send_modify(|weather| weather.to_server = Flow::Pass);
        Some(doubled)
    }
}

/// Counted as held, when there are bytes.
struct Held<'a>(Option<&'a AtomicUsize>);

impl<'a> Held<'a> {
    fn new(count: &'a AtomicUsize, bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self(None);
        }
        count.fetch_add(1, Ordering::SeqCst);
        Self(Some(count))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Carries bytes until one side is done.
pub(super) async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, lane: Lane<'_>) {
    let (mut bytes, mut frozen) = (vec![0; 64 * 1024], false);
    loop {
        let read = from.read(&mut bytes).await.unwrap_or(0);
        lane.clear(&bytes[..read], &mut frozen).await;
        let again = lane.doubled(&bytes[..read]);
        if read == 0 || to.write_all(again.as_deref().unwrap_or(&bytes[..read])).await.is_err() {
            let _ = to.shutdown().await;
            return;
        }
    }
}
