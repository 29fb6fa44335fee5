//! The server that the command line asks, and whether its clock agrees with ours.

use http::header;
use http_body_util::BodyExt as _;
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

use super::finding::Finding;
use crate::cli::client::{Call, Client};

/// A clock that is further off makes positions old before they arrive.
const SKEW_SECONDS: i64 = 5;
/// A machine that believes to be before this has not set its clock.
const BUILT: OffsetDateTime = time::macros::datetime!(2025-01-01 00:00 UTC);

pub(super) async fn examine(client: &Client) -> Vec<Finding> {
    let now = OffsetDateTime::now_utc();
    if now < BUILT {
        return vec![Finding::fail("clock", format!("{now} cannot be"))];
    }
    let answer = match client.open(Call::get("/readyz")).await {
        Ok(answer) => answer,
        Err(error) => {
            let finding = Finding::warn("server", format!("{error}: is it running?"));
            return vec![
                finding,
                Finding::ok("clock", "plausible; without a server there is nothing to compare"),
            ];
        }
    };
    let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok()).and_then(moment);
    let status = answer.status();
    let server = if status.is_success() {
        Finding::ok("server", format!("{} is ready", client.url()))
    } else {
        let body = answer.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        Finding::fail("server", format!("{} is not ready ({status}): {}", client.url(), body.trim()))
    };
    vec![server, clock(now, date)]
}

fn clock(now: OffsetDateTime, server: Option<OffsetDateTime>) -> Finding {
    let Some(server) = server else { return Finding::warn("clock", "the server does not tell the time") };
    let skew = (server - now).whole_seconds();
    if skew.abs() > SKEW_SECONDS {
        return Finding::warn("clock", format!("the server's is {skew} s from ours"));
    }
    Finding::ok("clock", "agrees with the server's")
}

/// `Sat, 21 Nov 2026 03:17:26 GMT`.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    PrimitiveDateTime::parse(text, format).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_clock_that_is_off_is_named() {
        let server = moment("Sat, 21 Nov 2026 03:17:26 GMT");
        assert_eq!(server, Some(datetime!(2026-11-21 03:17:26 UTC)));
        assert!(clock(datetime!(2026-11-21 03:17:29 UTC), server).to_string().starts_with("ok"));
        let off = clock(datetime!(2026-11-21 03:18:26 UTC), server).to_string();
        assert!(off.starts_with("warn") && off.ends_with("the server's is -60 s from ours"), "{off}");
    }
}
