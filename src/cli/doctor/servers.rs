//! The servers of distributed mode, and in plain words what keeps us from them.

use super::finding::Finding;
use crate::{
    app::{self, Sight},
    config::{Config, Mode},
};

/// What an error of a server most often means, by words in it, the first that fits.
const MEANINGS: [(&str, &str); 17] = [
    ("connection refused", "nothing listens there: is it running, and is the port right?"),
    ("lookup", "the host name is not known"),
    ("unreachable", "there is no way to that host from here"),
    ("password", "it is there, and does not take these credentials"),
    ("wrongpass", "it is there, and does not take these credentials"),
    ("noauth", "it is there, and wants a password"),
    ("access_refused", "it is there, and does not take these credentials, or this vhost"),
    ("access-refused", "it is there, and does not take these credentials, or this vhost"),
    ("does not exist", "it is there, but that database or user is not"),
    ("certificate", "nobody we trust vouches for it: see TROPA_TLS_CA, and the name in its certificate"),
    ("tls", "the two do not agree on TLS: see the URL's scheme, or sslmode"),
    ("does not allow writes", "it is a standby, or set to take no writes"),
    ("25006", "it is a standby, or set to take no writes"),
    ("readonly", "it is a replica, which takes no writes: the master is elsewhere"),
    ("loading", "it still reads its data from disk"),
    ("startup parameter", "a pooler stands there and does not let our session options pass"),
    ("no answer", "something takes connections there and does not answer"),
];

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    if config.instance.mode == Mode::Standalone {
        return Vec::new();
    }
    app::examine(config).await.into_iter().flat_map(findings).collect()
}

fn findings(sight: Sight) -> Vec<Finding> {
    let Sight { server, outcome, concerns } = sight;
    let first = match outcome {
        Ok(told) => Finding::ok(server, told),
        Err(why) => Finding::fail(server, explained(&why)),
    };
    let concerns = concerns.into_iter().map(|concern| Finding::warn(server, concern));
    std::iter::once(first).chain(concerns).collect()
}

fn explained(why: &str) -> String {
    let low = why.to_lowercase();
    let meaning = MEANINGS.iter().find(|(word, _)| low.contains(word));
    meaning.map_or_else(|| why.to_owned(), |(_, meaning)| format!("{meaning} ({why})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_put_into_plain_words() {
        for (why, meaning) in [
            ("error connecting to server: Connection refused (os error 111)", "nothing listens"),
            ("password authentication failed for user \"tropa\" [28P01]", "does not take these credentials"),
            ("invalid peer certificate: UnknownIssuer", "nobody we trust"),
            ("error connecting to server: database does not allow writes", "a standby"),
            ("READONLY: You can't write against a read only replica.", "a replica"),
            ("database \"nope\" does not exist [3D000]", "that database or user is not"),
        ] {
            let said = explained(why);
            assert!(said.contains(meaning) && said.contains(why), "{said}");
        }
        assert_eq!(explained("something new"), "something new");
    }
}
