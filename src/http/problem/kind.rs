//! The kinds of problems there are. Their slugs are part of the API: never renamed, never reused.

use actix_web::http::StatusCode;

macro_rules! kinds {
    ($($name:ident, $status:ident, $slug:literal, $title:literal, $meaning:literal;)*) => {
        /// What kind of problem it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $meaning] $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The last part of the type's URI.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),* }
            }
            /// The kind in words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
            /// What it means, and what to do.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),* }
            }
            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),* }
            }
        }
    };
}

kinds! {
    Malformed, BAD_REQUEST, "malformed-request", "Malformed request",
        "The body is not JSON in UTF-8, or a header cannot be read. Nothing was done.";
    Unauthorized, UNAUTHORIZED, "unauthorized", "Token required",
        "This needs 'Authorization: Bearer' with a token of a role that may, or a session of the console that has not ended. Nothing was done.";
    Forbidden, FORBIDDEN, "forbidden", "Not from here",
        "No admin token is configured, so this is only done for requests that come directly from this machine.";
    RoleTooLow, FORBIDDEN, "role-too-low", "Not with this role",
        "Who asks is known, and their role may not do this: a viewer looks, an operator heals, chaos hurts. Nothing was done.";
    CsrfToken, FORBIDDEN, "csrf-token", "Not said by the console's page",
        "What changes something needs, beside the session's cookie, its 'csrf' of GET /api/v1/session in the header 'X-CSRF-Token'. Nothing was done.";
    ForeignOrigin, FORBIDDEN, "foreign-origin", "Page of another origin",
        "A browser sent this for a page from elsewhere. What changes something is taken from the server's own pages, and from callers that are no browsers.";
    NotFound, NOT_FOUND, "not-found", "Not found",
        "There is no such thing, or no such path.";
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed",
        "The path exists, the method does not; the Allow header lists those that do.";
    RequestTimeout, REQUEST_TIMEOUT, "request-timeout", "Request too slow",
        "The body did not arrive in time. Nothing was done.";
    IdTaken, CONFLICT, "id-taken", "Id taken",
        "An order with this id and other content exists. Nothing was done.";
    NumberTaken, CONFLICT, "order-number-taken", "Order number taken",
        "The order number belongs to another order. Nothing was done.";
    KeyInFlight, CONFLICT, "idempotency-key-in-flight", "Request still running",
        "The first request with this idempotency key is still running. Ask again in a moment.";
    InvalidTransition, CONFLICT, "invalid-state-transition", "Invalid state transition",
        "The order's state does not allow this. Nothing was done.";
    NoDriver, CONFLICT, "no-driver", "No driver within reach",
        "No free driver within the largest search radius. Nothing was done.";
    DriverUnavailable, CONFLICT, "driver-unavailable", "Driver unavailable",
        "The named driver cannot be had: they are unknown, or offline, or have an order, and the detail says which. Nothing was done.";
    DriverBusy, CONFLICT, "driver-busy", "Driver has an order",
        "A driver who has an order cannot be removed. Nothing was done.";
    StaleEpoch, CONFLICT, "stale-epoch", "Stale epoch",
        "The incarnation the request named is gone; its replacement was left alone.";
    NotRunning, CONFLICT, "actor-not-running", "Actor not running",
        "The actor is not running, so there is nothing to do this to.";
    InstanceGone, CONFLICT, "instance-gone", "Instance gone",
        "The instance left, or was not heard of for more than 10 s. Nothing was done.";
    InstanceAmbiguous, CONFLICT, "instance-ambiguous", "Several instances of this name",
        "Several running processes have been given this name, so it names none of them. Nothing was done.";
    NotParked, CONFLICT, "dead-letter-not-parked", "Dead letter not parked",
        "The dead letter was replayed or discarded before. Nothing was done.";
    NotDiscarded, CONFLICT, "dead-letter-not-discarded", "Dead letter not discarded",
        "The dead letter was not given up, or was parked again before. Nothing was done.";
    SetGone, CONFLICT, "set-gone", "No such set",
        "The set was run or stopped before, was frozen for something else, or is older than 15 minutes. Nothing was done: freeze a new one by a dry run.";
    CountDiffers, CONFLICT, "count-differs", "Another number matches",
        "More or fewer match than were expected. Nothing was done.";
    OperationEnded, CONFLICT, "operation-ended", "Operation ended",
        "The operation has ended, so there is nothing to stop.";
    NotUndoable, CONFLICT, "not-undoable", "Cannot be undone",
        "Only a discard that has ended can be undone. Nothing was done.";
    VersionMismatch, PRECONDITION_FAILED, "version-mismatch", "Version mismatch",
        "The order is not at the version that 'If-Match' names; the answer's entity tag tells where it is. Nothing was done.";
    TooLarge, PAYLOAD_TOO_LARGE, "body-too-large", "Body too large",
        "The body is larger than this server takes. Nothing was done.";
    MediaType, UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type",
        "The body must be application/json in UTF-8 (positions: application/x-ndjson), not compressed.";
    Invalid, UNPROCESSABLE_ENTITY, "invalid-request", "Invalid request",
        "Fields, parameters or headers are wrong; 'errors' names every one of them. Nothing was done.";
    KeyReused, UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency key reused",
        "The idempotency key was used for another request. Nothing was done.";
    RateLimited, TOO_MANY_REQUESTS, "rate-limited", "Too many requests",
        "This address sends more requests than it may; Retry-After tells when the next one passes.";
    Internal, INTERNAL_SERVER_ERROR, "internal-error", "Internal error",
        "A defect on our side. An order that was being written is there whole, or not at all: repeat with the same id.";
    OtherRole, SERVICE_UNAVAILABLE, "role-not-here", "Not a role of this instance",
        "This instance does not run the part that does this; another one does, and answers the same path. Nothing was done.";
    Overloaded, SERVICE_UNAVAILABLE, "overloaded", "Overloaded",
        "Too much is waiting. Nothing was done; Retry-After tells when to try again.";
    Draining, SERVICE_UNAVAILABLE, "draining", "Draining",
        "This instance takes no new orders; another one does. Nothing was done.";
    InstanceSilent, SERVICE_UNAVAILABLE, "instance-silent", "No answer from the instance",
        "The instance did not answer in time; 'detail' tells whether it took the command. Look at its actors before you repeat it.";
    Unavailable, SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable",
        "A part did not answer in time. Whether the request took effect is unknown: repeat it with the same id or key.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_fit_a_path() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|k| k.slug()).collect();
        assert!(slugs.iter().all(|s| s.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
    }
}
