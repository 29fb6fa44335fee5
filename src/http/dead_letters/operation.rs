//! Operations on many dead letters at once.

use std::str::FromStr;

use actix_web::{
    http::StatusCode,
    web::{self, Data},
};
use strum::{EnumString, IntoStaticStr, VariantArray};
use tropa_dispatch::{
    dead_letters::{DiscardDeadLetters, ReplayDeadLetters, Selection},
    domain::{Fingerprint, UnknownName},
};
use utoipa::ToSchema;

use super::view::OperationView;
use crate::http::{
    admin::Operator,
    body::Json,
    edge::{Edge, ask_for},
    json::{self, Fields, Request, Text, Whole, flag, parsed, request},
    problem::Answer,
};

request! {
    /// What to do with which dead letters.
    struct DeadLetterOperation {
        /// What to do.
        action: Action = required parsed;
        /// Which parked letters; left out = all of them.
        filter: Option<DeadLetterFilter> = object DeadLetterFilter::fields;
        /// Only count what matches.
        dry_run: Option<bool> = optional flag;
        /// Replay at most this many a second; left out = as fast as they go.
        rate: Option<u32> = optional Whole { minimum = 1, maximum = 100_000 };
        /// Why; required to discard.
        reason: Option<String> = optional Text { min_length = 1, max_length = 500 };
    }
}

request! {
    /// Parked letters that match all of these.
    struct DeadLetterFilter {
        /// Of this group.
        #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{64}$")]
        fingerprint: Option<Group> = optional parsed;
        /// With this routing key.
        #[schema(example = "orders.created")]
        topic: Option<String> = optional Text { min_length = 1, max_length = 128 };
    }
}

#[derive(Clone, Copy, EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[schema(as = DeadLetterAction, rename_all = "snake_case")]
enum Action {
    Replay,
    Discard,
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

#[derive(Debug, PartialEq)]
enum Operation {
    Replay { rate: Option<u32> },
    Discard { reason: String },
}

/// Replays or discards all parked dead letters that match: operators only.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/operations", tag = "dead letters", operation_id = "operate_dead_letters",
    request_body = DeadLetterOperation,
    responses(
        (status = 200, description = "Done, or counted in a dry run", body = OperationView),
        (status = 202, description = "A replay at a rate, or of more than 500 letters, is under way: the list tells how far it is", body = OperationView)),
    security(("admin" = []), ("session" = []), ())
)]
pub(in crate::http) async fn operate(
    _: Operator,
    edge: Data<Edge>,
    body: Json,
) -> Answer<(web::Json<OperationView>, StatusCode)> {
    let (operation, selection, dry_run) = json::read(&body.0, read)?;
    let (drain, deadline) = (edge.dead_letters()?, edge.options.limits.command_deadline);
    let went = match operation {
        Operation::Replay { rate } => {
            let replay = ReplayDeadLetters { selection, dry_run, rate_per_second: rate };
            ask_for(drain, deadline, replay).await??
        }
        Operation::Discard { reason } => {
            ask_for(drain, deadline, DiscardDeadLetters { selection, dry_run, reason }).await??
        }
    };
    let status = if went.under_way { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((web::Json(OperationView::new(went, dry_run)), status))
}

fn read(f: &mut Fields) -> Option<(Operation, Selection, bool)> {
    let DeadLetterOperation { action, filter, dry_run, rate, reason } = DeadLetterOperation::fields(f)?;
    let operation = match action {
        Action::Replay => Operation::Replay { rate },
        Action::Discard => {
            if rate.is_some() {
                f.fail("rate", "is for replay only");
            }
            if reason.is_none() {
                f.lacks("reason");
            }
            Operation::Discard { reason: reason? }
        }
    };
    let (fingerprint, topic) =
        filter.map_or((None, None), |filter| (filter.fingerprint.map(|group| group.0), filter.topic));
    let selection = match (fingerprint, topic) {
        (Some(fingerprint), None) => Selection::Group(fingerprint),
        (fingerprint, topic) => Selection::Matching { topic, fingerprint },
    };
    Some((operation, selection, dry_run.unwrap_or(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(body: &str) -> Vec<String> {
        let problem = json::read(body, read).unwrap_err();
        problem.errors.into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn an_operation_is_read_or_refused() {
        let hex = "a".repeat(64);
        let body =
            format!(r#"{{"action":"replay","filter":{{"fingerprint":"{hex}"}},"dry_run":true,"rate":5}}"#);
        let (operation, selection, dry_run) = json::read(&body, read).unwrap();
        assert_eq!((operation, dry_run), (Operation::Replay { rate: Some(5) }, true));
        assert_eq!(selection, Selection::Group(Fingerprint::from_stored(hex)));
        assert!(json::read(r#"{"action":"replay","reason":null,"rate":null}"#, read).is_ok());
        assert_eq!(wrong(r#"{"action":"discard"}"#), ["reason"]);
        assert_eq!(wrong(r#"{"action":"discard","reason":""}"#), ["reason"]);
        assert_eq!(wrong(r#"{"action":"drop","reason":"x"}"#), ["action"]);
        assert_eq!(wrong(r#"{"action":"discard","rate":1,"reason":"x"}"#), ["rate"]);
        assert_eq!(
            wrong(r#"{"filter":{"fingerprint":"AB","kind":1}}"#),
            ["action", "filter.fingerprint", "filter.kind"]
        );
    }
}
