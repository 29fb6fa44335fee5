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
}
