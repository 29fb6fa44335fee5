//! Operations on many dead letters at once.

use std::str::FromStr;

use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{self, Data},
};
use strum::{EnumString, IntoStaticStr, VariantArray};
use tropa_dispatch::{
    clerk::{Operate, Which},
    domain::{Fingerprint, OperationKind, OrderId, UnknownName},
    port,
    reader::ListDeadLetters,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::LettersResultView;
use crate::http::{
    admin::Operator,
    body::Json,
    edge::Edge,
    json::{self, Fields, Request, Text, Whole, flag, many, parsed, request},
    operations,
    problem::Answer,
    trace::Trace,
};

request! {
    /// What to do with which dead letters: those of a set, or those that match.
    struct DeadLetterOperation {
        /// What to do.
        action: Action = required parsed;
        /// Those of a set that a dry run of the same action has frozen; what changed meanwhile is left alone.
        #[schema(value_type = Option<Uuid>)]
        set: Option<Uuid> = optional parsed;
        /// Which parked letters, of `restore` which discarded ones, at most 100,000, the newest first; left out = all of them.
        filter: Option<DeadLetterFilter> = object DeadLetterFilter::fields;
        /// Only freeze the set, and show it.
        dry_run: Option<bool> = optional flag;
        /// Only if it is so many.
        expected: Option<u64> = optional Whole { minimum = 0, maximum = 9_007_199_254_740_991_u64 };
        /// At most this many a second; left out = as fast as they go.
        rate: Option<u32> = optional Whole { minimum = 1, maximum = 100_000 };
        /// Why; required to discard, and kept with the letters.
        reason: Option<String> = optional Text { min_length = 1, max_length = 500 };
    }
}

request! {
    /// Letters that match all of these.
    struct DeadLetterFilter {
        /// These.
        #[schema(value_type = Option<Vec<Uuid>>, min_items = 1, max_items = 1000)]
        ids: Option<Vec<Uuid>> = optional many;
        /// Of this group.
        #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{64}$")]
        fingerprint: Option<Group> = optional parsed;
        /// With this routing key.
        #[schema(example = "orders.created")]
        topic: Option<String> = optional Text { min_length = 1, max_length = 128 };
        /// About this order.
        #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:~-]{1,128}$")]
        order_id: Option<OrderId> = optional parsed;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[schema(as = DeadLetterAction, rename_all = "snake_case")]
enum Action {
    Replay,
    Discard,
    Restore,
}

/// A fingerprint a caller wrote.
pub(super) struct Group(pub Fingerprint);

impl FromStr for Group {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(hex) {
            Ok(Self(Fingerprint::from_stored(text.to_owned())))
        } else {
            Err("must be 64 lower-case hex digits")
        }
    }
}

/// Replays, discards or restores many dead letters: operators only.
///
/// A letter that is not parked any more, or was parked anew since it was chosen, is left alone, and counted as skipped.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/operations", tag = "dead letters", operation_id = "operate_dead_letters",
    request_body = DeadLetterOperation,
    responses(
        (status = 200, description = "Done, or frozen in a dry run", body = LettersResultView),
        (status = 202, description = "At a rate, or on more than 500 letters, it is under way: its operation tells how far it is", body = LettersResultView)),
    security(("admin" = []), ("session" = []), ())
)]
pub(in crate::http) async fn operate(
    Operator(caller): Operator,
    request: HttpRequest,
    edge: Data<Edge>,
    trace: Trace,
    body: Json,
) -> Answer<(web::Json<LettersResultView>, StatusCode)> {
    let operate = json::read(&body.0, read)?;
    edge.dead_letters()?;
    let operate = Operate { subject: Some(caller.subject), trace: Some(trace.0), ..operate };
    let (result, sample) = operations::operate(&edge, &request, operate).await?;
    let ids: Vec<Uuid> = sample.iter().filter_map(|id| id.parse().ok()).collect();
    let sample = if ids.is_empty() {
        Vec::new()
    } else {
        let limit = ids.len() as u32;
        let filter = port::DeadLetterFilter { ids: Some(ids), limit, ..port::DeadLetterFilter::default() };
        edge.ask(&edge.handles.reader, ListDeadLetters(filter)).await??
    };
    let status = result.status();
    Ok((web::Json(LettersResultView::new(result, sample)), status))
}

fn read(f: &mut Fields) -> Option<Operate> {
    let DeadLetterOperation { action, set, filter, dry_run, expected, rate, reason } =
        DeadLetterOperation::fields(f)?;
    let dry_run = dry_run.unwrap_or(false);
    if action == Action::Discard && reason.is_none() && !dry_run {
        f.lacks("reason");
    }
    let of = match (set, filter) {
        (Some(_), Some(_)) => {
            f.fail("filter", "must not be given with set");
            return None;
        }
        (Some(set), None) => {
            if dry_run {
                f.fail("dry_run", "is for what is not frozen yet");
            }
            Which::Set(set)
        }
        (None, filter) => Which::Letters(filter.map(DeadLetterFilter::asked).unwrap_or_default()),
    };
    let kind = match action {
        Action::Replay => OperationKind::ReplayLetters,
        Action::Discard => OperationKind::DiscardLetters,
        Action::Restore => OperationKind::RestoreLetters,
    };
    Some(Operate { kind, of, expected, dry_run, rate, subject: None, reason, trace: None })
}

impl DeadLetterFilter {
    fn asked(self) -> port::DeadLetterFilter {
        let Self { ids, fingerprint, topic, order_id } = self;
        let fingerprint = fingerprint.map(|group| group.0);
        port::DeadLetterFilter { ids, fingerprint, topic, order_id, ..port::DeadLetterFilter::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(body: &str) -> Vec<String> {
        let problem = json::read(body, read).map(drop).unwrap_err();
        problem.errors.into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn an_operation_is_read_or_refused() {
        let hex = "a".repeat(64);
        let body =
            format!(r#"{{"action":"replay","filter":{{"fingerprint":"{hex}"}},"dry_run":true,"rate":5}}"#);
        let operate = json::read(&body, read).unwrap();
        assert_eq!((operate.kind, operate.rate), (OperationKind::ReplayLetters, Some(5)));
        let Which::Letters(filter) = operate.of else { panic!("no filter") };
        assert_eq!(filter.fingerprint, Some(Fingerprint::from_stored(hex)));
        assert!(json::read(r#"{"action":"replay","reason":null,"rate":null}"#, read).is_ok());
        assert!(json::read(r#"{"action":"discard","dry_run":true}"#, read).is_ok(), "why is said later");
        assert_eq!(wrong(r#"{"action":"discard"}"#), ["reason"]);
        assert_eq!(wrong(r#"{"action":"discard","reason":""}"#), ["reason"]);
        assert_eq!(wrong(r#"{"action":"drop","reason":"x"}"#), ["action"]);
        let set = r#""set":"01890000-0000-7000-8000-000000000000""#;
        assert_eq!(wrong(&format!(r#"{{"action":"replay",{set},"filter":{{}}}}"#)), ["filter"]);
        assert_eq!(wrong(&format!(r#"{{"action":"replay",{set},"dry_run":true}}"#)), ["dry_run"]);
        assert_eq!(
            wrong(r#"{"filter":{"fingerprint":"AB","kind":1,"ids":["x"]}}"#),
            ["action", "filter.ids", "filter.fingerprint", "filter.kind"]
        );
    }
}
