//! A TCP proxy in front of one server, with the weather of a bad network: it passes, holds, delays, cuts and resets.
//!
//! Held bytes are kept, not lost: TCP would send them again once the network is back, so a silent network that heals
//! delivers them late. An end of stream is held like everything else: behind a stalled network nobody hears the other
//! one go.

mod lane;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use lane::{Lane, pump};

/// What happens to bytes that go one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// They arrive.
    Pass,
    /// They arrive when this is over.
    Hold,
    /// They arrive this much later.
    Delay(Duration),
    /// They arrive, up to the chunk in which these bytes occur: it and all that follows it on its connection is held.
    HoldAt(&'static [u8]),
    /// They arrive, and the next AMQP `basic.ack` arrives twice.
    AckTwice,
}

/// How connections end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Closed, as by a server that goes.
    Cut,
    /// RST: what was underway is thrown away.
    Reset,
}

/// The weather now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weather {
    to_server: Flow,
    to_client: Flow,
    /// New connections are closed at once.
    refuse: bool,
    /// How often everything was ended, and how the last time.
    ends: u64,
    end: End,
}

/// Passes connections on to a server. Gone when dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    upstream: Mutex<Option<SocketAddr>>,
    weather: watch::Sender<Weather>,
    open: AtomicUsize,
    /// Connections on which something for the client is being held.
    holding: AtomicUsize,
}

impl Proxy {
    /// In front of nobody: connections are refused until it is aimed.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let fair =
            Weather { to_server: Flow::Pass, to_client: Flow::Pass, refuse: false, ends: 0, end: End::Cut };
        let shared = Arc::new(Shared {
            upstream: Mutex::new(None),
            weather: watch::Sender::new(fair),
            open: AtomicUsize::new(0),
            holding: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Self { address, shared, accepting }
    }

    /// In front of this server.
    pub async fn to(upstream: SocketAddr) -> Self {
        let proxy = Self::start().await;
        proxy.aim(upstream);
        proxy
    }

    /// New connections go there.
    pub fn aim(&self, upstream: SocketAddr) {
        *self.shared.upstream.lock().unwrap() = Some(upstream);
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The network as it should be.
    pub fn heal(&self) {
        self.shared.weather.send_modify(|weather| {
            weather.to_server = Flow::Pass;
            weather.to_client = Flow::Pass;
            weather.refuse = false;
        });
    }

    pub fn to_client(&self, flow: Flow) {
        self.shared.weather.send_modify(|weather| weather.to_client = flow);
    }

    pub fn to_server(&self, flow: Flow) {
        self.shared.weather.send_modify(|weather| weather.to_server = flow);
    }

    /// Both ways silent.
    pub fn stall(&self) {
        self.shared.weather.send_modify(|weather| {
            weather.to_server = Flow::Hold;
            weather.to_client = Flow::Hold;
        });
    }

    /// Ends every connection and refuses new ones until healed.
    pub fn cut(&self) {
        self.shared.weather.send_modify(|weather| weather.refuse = true);
        self.end(End::Cut);
    }

    /// New connections are taken again.
    pub fn admit(&self) {
        self.shared.weather.send_modify(|weather| weather.refuse = false);
    }

    /// Ends every connection; new ones are taken.
    pub fn end(&self, how: End) {
        self.shared.weather.send_modify(|weather| {
            weather.ends += 1;
            weather.end = how;
        });
    }

    /// The next acknowledgement arrives twice.
    pub fn ack_twice(&self) {
        self.to_server(Flow::AckTwice);
    }

    /// Whether that has happened.
    pub fn acked_twice(&self) -> bool {
        self.shared.weather.borrow().to_server == Flow::Pass
    }

    /// Connections open now.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Connections on which something for the client is being held.
    pub fn holding(&self) -> usize {
        self.shared.holding.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        let upstream = *shared.upstream.lock().unwrap();
        let (false, Some(upstream)) = (shared.weather.borrow().refuse, upstream) else { continue };
        let shared = shared.clone();
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(upstream).await else { return };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            shared.open.fetch_add(1, Ordering::SeqCst);
            carry(client, server, &shared).await;
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, shared: &Shared) {
    let mut ended = shared.weather.subscribe();
    let ends = ended.borrow().ends;
    let how = {
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        tokio::select! {
            _ = async {
                tokio::join!(
                    pump(from_client, to_server, Lane { shared, to_client: false }),
                    pump(from_server, to_client, Lane { shared, to_client: true }),
                )
            } => End::Cut,
            weather = ended.wait_for(|weather| weather.ends != ends) => weather.map_or(End::Cut, |w| w.end),
        }
    };
    if how == End::Reset {
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

#[cfg(test)]
mod weather {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A server that says back what it hears, behind a proxy; a client's connection to it.
    async fn echo() -> (Proxy, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = Proxy::to(listener.local_addr().unwrap()).await;
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = socket.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        let client = TcpStream::connect(proxy.address()).await.unwrap();
        (proxy, client)
    }

    async fn said(client: &mut TcpStream, length: usize) -> Result<Vec<u8>, std::io::Error> {
        let mut answer = vec![0; length];
        let read = tokio::time::timeout(Duration::from_secs(5), client.read_exact(&mut answer));
        read.await.expect("an answer, or an end").map(|_| answer)
    }

    async fn until(condition: impl Fn() -> bool) {
        tokio::time::timeout(Duration::from_secs(5), async {
            while !condition() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("in time");
    }

    #[tokio::test]
    async fn held_bytes_arrive_when_the_network_heals() {
        let (proxy, mut client) = echo().await;
        client.write_all(b"one").await.unwrap();
        assert_eq!(said(&mut client, 3).await.unwrap(), b"one");
        proxy.to_client(Flow::HoldAt(b"wo"));
        client.write_all(b"two").await.unwrap();
        until(|| proxy.holding() == 1).await;
        let mut nothing = [0; 1];
        assert!(client.try_read(&mut nothing).is_err());
        proxy.heal();
        assert_eq!(said(&mut client, 3).await.unwrap(), b"two");
        assert_eq!(proxy.holding(), 0);
    }

    #[tokio::test]
    async fn a_reset_is_a_reset_and_a_cut_refuses() {
        let (proxy, mut client) = echo().await;
        client.write_all(b"one").await.unwrap();
        said(&mut client, 3).await.unwrap();
        proxy.end(End::Reset);
        let error = said(&mut client, 1).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        proxy.cut();
        let mut refused = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(said(&mut refused, 1).await.is_err());
        proxy.heal();
        let mut again = TcpStream::connect(proxy.address()).await.unwrap();
        again.write_all(b"two").await.unwrap();
        assert_eq!(said(&mut again, 3).await.unwrap(), b"two");
        until(|| proxy.open() == 1).await;
    }
}
