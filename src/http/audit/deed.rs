//! What a request is called in the audit, by its method and path.

use actix_web::{HttpRequest, http::Method};

/// What somebody asks for, and of what.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deed {
    /// `actor.kill`, `order.cancel`.
    pub action: String,
    /// A path, an id, an address.
    pub target: String,
    /// By whom it is worth a line.
    pub of: Whose,
}

/// By whom something is worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Whoever asks, also in vain: it needs a role.
    Anybody,
    /// Who is known by a token, or sits before the console.
    Known,
    /// Who sits before the console: programs do it all the time.
    Console,
}

impl Deed {
    /// Of a request; none when it only looks at what may be looked at.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let deed = named(request.method(), request.path())?;
        let target = match (deed.target.as_str(), request.peer_addr()) {
            ("", Some(peer)) => peer.ip().to_canonical().to_string(),
            _ => deed.target,
        };
        Some(Self { target, ..deed })
    }
}

fn named(method: &Method, path: &str) -> Option<Deed> {
    let under = path.strip_prefix("/api/v1/")?;
    let segments: Vec<&str> = under.split('/').collect();
    let deed = |action: String, target: &str, of| Some(Deed { action, target: target.to_owned(), of });
    if method == Method::GET {
        return match segments[..] {
            ["dead-letters", id, "payload"] => deed("dead_letter.reveal".to_owned(), id, Whose::Anybody),
            ["outbox", "messages", id] => deed("outbox.reveal".to_owned(), id, Whose::Anybody),
            _ => None,
        };
    }
    if method.is_safe() {
        return None;
    }
    match (method.as_str(), &segments[..]) {
        ("POST", ["session"]) => deed("session.open".to_owned(), "", Whose::Anybody),
        ("DELETE", ["session"]) => deed("session.close".to_owned(), "", Whose::Console),
        ("POST", ["actors", path @ .., verb]) if !path.is_empty() => {
            let path = path.join("/").replace("%2F", "/").replace("%2f", "/");
            deed(format!("actor.{verb}"), &format!("/{path}"), Whose::Anybody)
        }
        ("POST", ["instances", id, verb]) => deed(format!("instance.{verb}"), id, Whose::Anybody),
        ("POST", ["operations", id, verb]) => deed(format!("operation.{verb}"), id, Whose::Anybody),
        // What it is the body says: the handler names it.
        ("POST", ["dead-letters", "operations"]) => {
            deed("dead_letters.operate".to_owned(), under, Whose::Anybody)
        }
        ("POST", ["orders", "operations"]) => deed("orders.operate".to_owned(), under, Whose::Anybody),
        ("POST", ["dead-letters", id, verb]) => deed(format!("dead_letter.{verb}"), id, Whose::Anybody),
        ("POST", ["orders"]) => deed("order.create".to_owned(), under, Whose::Console),
        ("POST", ["orders", id, verb]) => deed(format!("order.{verb}"), id, Whose::Known),
        ("PUT", ["drivers", id]) => deed("driver.put".to_owned(), id, Whose::Console),
        ("DELETE", ["drivers", id]) => deed("driver.remove".to_owned(), id, Whose::Console),
        (method, _) => deed(format!("http.{}", method.to_lowercase()), path, Whose::Console),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_names() {
        let name = |method: &str, path: &str| {
            named(&method.parse().unwrap(), path).map(|deed| format!("{} {}", deed.action, deed.target))
        };
        for (method, path, expected) in [
            ("POST", "/api/v1/actors/tropa/orders%2Fshard-0/kill", "actor.kill /tropa/orders/shard-0"),
            ("POST", "/api/v1/orders/a-1/cancel", "order.cancel a-1"),
            ("POST", "/api/v1/instances/api-2/drain", "instance.drain api-2"),
            ("POST", "/api/v1/dead-letters/operations", "dead_letters.operate dead-letters/operations"),
            ("POST", "/api/v1/dead-letters/7/restore", "dead_letter.restore 7"),
            ("GET", "/api/v1/dead-letters/7/payload", "dead_letter.reveal 7"),
            ("DELETE", "/api/v1/drivers/ana", "driver.remove ana"),
            ("POST", "/api/v1/chaos/scenarios", "http.post /api/v1/chaos/scenarios"),
        ] {
            assert_eq!(name(method, path).as_deref(), Some(expected));
        }
        for (method, path) in [("GET", "/api/v1/orders/a"), ("HEAD", "/api/v1/audit"), ("POST", "/docs")] {
            assert_eq!(name(method, path), None);
        }
    }
}
