//! What the pipeline, the outbox and an order's way look like on a terminal.

use super::ask;
use crate::harness::Setup;

#[tokio::test]
async fn the_pipeline_the_outbox_and_a_way_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Setup::on(folder.path()).with("TROPA_EXAMPLE_DRIVERS", "false").start().await;
    let ask = async |arguments: &[&str]| ask(&server, folder.path(), arguments).await;
    ask(&["order", "create", "--id", "waits", "--price", "1", "--tax", "1"]).await.done();
    let page = loop {
        let page =
            ask(&["outbox", "list", "--state", "postponed", "--order", "waits", "-o", "json"]).await.json();
        if page["messages"].as_array().is_some_and(|messages| messages.len() == 1) {
            break page;
        }
    };
    let listed = ask(&["outbox", "list"]).await.done();
    assert!(listed.contains("orders.dispatch_requested") && listed.contains("driver"), "{listed}");
    let shown = ask(&["outbox", "show", &page["messages"][0]["id"].to_string()]).await.done();
    assert!(shown.contains("payload") && shown.contains("x-aggregate-id"), "{shown}");
    let pipeline = ask(&["pipeline"]).await.done();
    assert!(
        pipeline.lines().nth(1).unwrap().starts_with("intake") && pipeline.contains("intake_fast"),
        "{pipeline}"
    );
    let way = ask(&["order", "lanes", "waits"]).await.done();
    assert!(way.contains("accepted") && way.contains("nobody is free"), "{way}");
    let found = ask(&["order", "list", "--id", "wai", "--after", "2020-01-01T00:00:00Z"]).await.done();
    assert!(found.contains("waits"), "{found}");
}
