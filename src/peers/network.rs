//! Addresses: whose are counted as one, and whose are not counted.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// Who is counted as one: one subscriber has a whole IPv6 /64 to choose addresses from.
pub fn shared(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 1))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Addresses that begin alike: `10.0.0.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the address is one of them.
    pub fn holds(&self, peer: IpAddr) -> bool {
        let (width, ours, theirs) = match (self.address, peer.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (32, u128::from(a.to_bits()), u128::from(b.to_bits())),
            (IpAddr::V6(a), IpAddr::V6(b)) => (128, a.to_bits(), b.to_bits()),
            _ => return false,
        };
        (ours ^ theirs).checked_shr(width - u32::from(self.bits)).unwrap_or_default() == 0
    }
}

/// No network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a network")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| NoNetwork)?)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| NoNetwork)?.to_canonical();
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        if bits > width { Err(NoNetwork) } else { Ok(Self { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Who speaks for many, and has no share as one address has.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    /// This machine itself.
    pub loopback: bool,
    /// Proxies in front.
    pub proxies: Vec<Network>,
}

impl Apart {
    /// Whether this address is one of them.
    pub fn holds(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.loopback && peer.is_loopback() || self.proxies.iter().any(|network| network.holds(peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        let holds =
            |network: &str, peer: &str| network.parse::<Network>().unwrap().holds(peer.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.7", "::ffff:10.0.0.7") && !holds("10.0.0.7", "10.0.0.8"));
        assert!(holds("0.0.0.0/0", "9.9.9.9") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8:9::1") && !holds("2001:db8::/32", "2001:db9::1"));
        for nonsense in ["", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "proxy"] {
            assert_eq!(nonsense.parse::<Network>(), Err(NoNetwork), "{nonsense}");
        }
    }

    #[test]
    fn a_mapped_address_and_a_subscribers_network_are_one() {
        let one = |peer: &str| shared(peer.parse().unwrap());
        assert_eq!(one("::ffff:10.0.0.1"), one("10.0.0.1"));
        assert_eq!(one("2001:db8::1"), one("2001:db8::ffff"));
        assert_ne!(one("2001:db8::1"), one("2001:db8:0:1::1"));
    }
}
