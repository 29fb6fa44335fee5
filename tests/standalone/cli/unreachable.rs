//! What the program says when no server is where it looks.

use super::tropa;

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens any more.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let simulated = tropa(folder.path(), &[("TROPA_URL", &address)], &["simulate", "--duration", "1"]).await;
    let expected = format!("error: cannot connect to {address}: Connection refused (os error 111)\n");
    assert_eq!((simulated.code, simulated.stderr.as_str()), (Some(1), expected.as_str()));
    let load = ["loadgen", "--rate", "10", "--count", "1"];
    let loaded = tropa(folder.path(), &[("TROPA_URL", &address)], &load).await;
    let expected = format!("nothing was answered: does a server run at http://{address}?");
    assert!(loaded.code == Some(1) && loaded.stderr.contains(&expected), "{loaded:?}");
}

#[tokio::test]
async fn an_address_needs_no_scheme_and_must_be_one() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in ["localhost:port", "ftp://localhost", "http://localhost:8000/api", "localhost:70000"] {
        let refused = tropa(folder.path(), &[("TROPA_URL", wrong)], &["order", "list"]).await;
        assert!(refused.code == Some(2) && refused.stderr.contains("host:port"), "{refused:?}");
    }
    let tls = tropa(folder.path(), &[("TROPA_URL", "https://localhost")], &["order", "list"]).await;
    assert!(tls.stderr.contains("Tropa's own port speaks no TLS"), "{tls:?}");
}

#[tokio::test]
async fn a_token_that_is_given_twice_is_told_of_by_the_names_it_was_given_by() {
    let folder = tempfile::tempdir().unwrap();
    let twice = [("TROPA_ADMIN_TOKEN", "long-enough"), ("TROPA_ADMIN_TOKEN_FILE", "/run/token")];
    for verb in [&["order", "list"][..], &["config", "check"]] {
        let refused = tropa(folder.path(), &twice, verb).await;
        for name in ["TROPA_ADMIN_TOKEN", "TROPA_ADMIN_TOKEN_FILE"] {
            assert!(refused.code != Some(0) && refused.stderr.contains(name), "{refused:?}");
        }
    }
}
