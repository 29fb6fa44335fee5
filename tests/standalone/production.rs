//! What production does not do for whoever happens to be on the same machine.

use serde_json::json;

use crate::harness::{ADMIN_TOKEN, Setup};

const KILL: &str = "/api/v1/actors/tropa/intake/kill";

#[tokio::test]
async fn without_a_token_nobody_commands() {
    let folder = tempfile::tempdir().unwrap();
    let production = Setup::on(folder.path()).with("TROPA_ENV", "production");
    let tropa = production.start().await;
    let refused = tropa.post(KILL, &json!({ "reason": "test" })).await.unwrap();
    assert_eq!(refused.status, 403, "{refused:?}");
    assert!(refused.text.contains("set TROPA_ADMIN_TOKEN"), "{refused:?}");
    drop(tropa);

    let folder = tempfile::tempdir().unwrap();
    let told =
        Setup::on(folder.path()).with("TROPA_ENV", "production").with("TROPA_ADMIN_TOKEN", ADMIN_TOKEN);
    let sent = told.start().await.post(KILL, &json!({ "reason": "test" })).await.unwrap();
    assert_eq!(sent.status, 202, "{sent:?}");
}
