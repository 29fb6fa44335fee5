//! How long what is done is remembered.

use tropa_dispatch::settings::Settings;

use crate::config::{
    form::seconds,
    sources::{Sources, setting},
};

const YEAR: f64 = 366.0 * 86_400.0;

pub(super) fn read(from: &mut Sources, s: &mut Settings) {
    let outbox = setting(
        "retention.outbox_seconds",
        "TROPA_OUTBOX_RETENTION_SECONDS",
        "published outbox rows are kept this long",
    );
    let inbox =
        setting("retention.inbox_seconds", "TROPA_INBOX_RETENTION_SECONDS", "inbox rows are kept this long");
    let keys = setting(
        "retention.idempotency_key_seconds",
        "TROPA_IDEMPOTENCY_KEY_RETENTION_SECONDS",
        "idempotency keys are kept this long",
    );
    s.outbox_retention = from.get(outbox, seconds(0.0..=YEAR), s.outbox_retention);
    s.inbox_retention = from.get(inbox, seconds(60.0..=YEAR), s.inbox_retention);
    s.key_retention = from.get(keys, seconds(60.0..=YEAR), s.key_retention);
}
