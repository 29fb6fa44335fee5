//! The API's description, OpenAPI 3.1. Each handler describes what it takes and answers when it goes well; what can go
//! wrong is added here, because it is the same for many.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Content, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
        header::Header,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    actors, audit, breakers, configuration, dead_letters, drivers, instances, operations,
    orders::{self, command::Commands},
    outbox, overview, pipeline, probes, problem, session, stream,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Tropa", description = "A supervised dispatch runtime: an order in, a driver out.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(
        orders::create, orders::list::list, orders::aggregates::list, orders::get, orders::by_number, orders::events,
        orders::lanes::lanes,
        drivers::list, drivers::positions::report_many, drivers::get, drivers::put, drivers::remove, drivers::report,
        actors::list, actors::get, actors::command, actors::history, actors::effects,
        dead_letters::list, dead_letters::groups, dead_letters::operation::operate, dead_letters::get,
        dead_letters::replay, dead_letters::discard, dead_letters::restore, dead_letters::payload,
        orders::operation::operate, operations::list, operations::get, operations::stop, operations::undo,
        instances::list, instances::get, instances::drain, instances::resume,
        audit::list, session::get, session::open, session::close,
        overview::overview, breakers::breakers, overview::outbox, outbox::list, outbox::get,
        pipeline::pipeline, configuration::configuration, stream::stream,
        probes::live, probes::ready, probes::metrics,
    ),
    components(schemas(problem::ProblemView, problem::FieldError, drivers::positions::LineSchema, actors::Verb, tropa_supervision::LivingOrder)),
    modifiers(&OrderCommands, &Problems, &Admin),
    tags(
        (name = "orders", description = "Accept, look, command"),
        (name = "drivers", description = "Who drives, and where they are"),
        (name = "operations", description = "The whole at a glance"),
        (name = "instances", description = "The running processes"),
        (name = "actors", description = "The supervision tree"),
        (name = "dead letters", description = "What could not be processed"),
        (name = "session", description = "Signing in to the console"),
        (name = "probes", description = "For machines"),
    )
)]
struct Api;

/// The document, as JSON.
pub fn document() -> String {
    // A tree of strings and numbers: it always has a JSON text.
    Api::openapi().to_pretty_json().unwrap_or_default()
}

/// Which problems an operation can end in, besides those that any can.
fn problems(path: &str, operation_id: &str) -> Option<&'static [u16]> {
    const BODY: [u16; 5] = [400, 408, 413, 415, 422];
    if Commands::openapi().paths.paths.contains_key(path) {
        return Some(&[400, 404, 408, 409, 412, 413, 415, 422]);
    }
    Some(match operation_id {
        "create_order" => &[400, 408, 409, 413, 415, 422],
        "put_driver" | "report_positions" => &BODY,
        "report_position" => &[400, 404, 408, 413, 415, 422],
        "remove_driver" | "list_actors" | "get_actor" | "get_actor_history" | "get_actor_effects"
        | "list_aggregates" | "list_breakers" => &[404, 409, 422],
        "get_order"
        | "get_order_by_number"
        | "list_order_events"
        | "get_order_lanes"
        | "get_driver"
        | "get_dead_letter" => &[404, 422],
        "list_orders" | "list_drivers" | "list_dead_letters" | "list_outbox_messages" => &[422],
        "get_outbox_message" => &[401, 403, 404],
        "get_configuration" => &[401, 403],
        "get_instance" => &[404],
        "open_session" => &[400, 401, 403, 408, 413, 415, 422],
        "list_audit" | "list_operations" => &[401, 403, 422],
        "get_operation" | "get_dead_letter_payload" => &[401, 403, 404, 422],
        "stop_operation" | "stream" => &[401, 403, 404, 409, 422],
        "command_actor"
        | "replay_dead_letter"
        | "discard_dead_letter"
        | "restore_dead_letter"
        | "operate_dead_letters"
        | "operate_orders"
        | "undo_operation"
        | "drain_instance"
        | "resume_instance" => &[400, 401, 403, 404, 408, 409, 413, 415, 422],
        "list_dead_letter_groups"
        | "get_overview"
        | "list_instances"
        | "close_session"
        | "get_session"
        | "get_outbox"
        | "get_pipeline"
        | "livez"
        | "readyz"
        | "metrics" => &[],
        _ => return None,
    })
}

/// What any request can be answered with: head not readable, path or method unknown, too many, a defect, overload.
const ANY: [u16; 6] = [400, 404, 405, 429, 500, 503];

struct OrderCommands;

impl Modify for OrderCommands {
    fn modify(&self, document: &mut openapi::OpenApi) {
        document.merge(Commands::openapi());
    }
}

struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                let id = operation.operation_id.as_deref();
                let own = id.and_then(|id| problems(path, id)).unwrap_or_default();
                for status in ANY.iter().chain(own) {
                    let name = status.to_string();
                    let reference = Ref::from_response_name(format!("Problem{status}"));
                    operation.responses.responses.entry(name).or_insert(RefOr::Ref(reference));
                }
            }
        }
        let components = document.components.get_or_insert_default();
        let statuses: BTreeSet<u16> = problem::Kind::ALL.iter().map(|kind| kind.status().as_u16()).collect();
        for status in statuses {
            components.responses.insert(format!("Problem{status}"), RefOr::T(response(status)));
        }
    }
}

fn operations(item: &mut openapi::PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

/// One status: the kinds of problem it stands for, and the headers that come with it.
fn response(status: u16) -> Response {
    let kinds = problem::Kind::ALL.iter().filter(|kind| kind.status().as_u16() == status);
    let lines: Vec<String> = kinds.map(|kind| format!("`{}`: {}", kind.slug(), kind.meaning())).collect();
    let mut response = ResponseBuilder::new().description(lines.join("\n\n")).content(
        "application/problem+json",
        Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem")))),
    );
    let headers: BTreeMap<u16, &str> = BTreeMap::from([
        (401, "WWW-Authenticate"),
        (405, "Allow"),
        (412, "ETag"),
        (429, "Retry-After"),
        (503, "Retry-After"),
    ]);
    if let Some(name) = headers.get(&status) {
        response = response.header(*name, text_header());
    }
    response.build()
}

fn text_header() -> Header {
    HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build()
}

struct Admin;

impl Modify for Admin {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The admin token; the operator's, for what heals; the viewer's, for what only looks. When none is \
                 configured, requests from the server's own machine need none in development, and in production \
                 nothing of this is done.",
            ))
            .build();
        let cookie = ApiKeyValue::with_description(
            session::COOKIE,
            "What signing in answers with. What changes something needs the header X-CSRF-Token beside it.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("admin", SecurityScheme::Http(scheme));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_says_what_can_go_wrong() {
        let mut document = Api::openapi();
        let all = document.to_json().unwrap().matches("\"operationId\"").count();
        let mut seen = 0;
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                let id = operation.operation_id.clone().unwrap();
                assert!(problems(path, &id).is_some(), "{id} has no line in problems()");
                assert!(operation.responses.responses.contains_key("503"), "{id}");
                seen += 1;
            }
        }
        assert_eq!(seen, all);
        assert!(seen >= 34, "{seen}");
    }

    #[test]
    fn every_kind_of_problem_is_described_where_it_is_answered() {
        let text = document();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for kind in problem::Kind::ALL {
            let status = kind.status().as_u16();
            let response = &document["components"]["responses"][format!("Problem{status}")];
            let described = response["description"].as_str().unwrap();
            assert!(described.contains(&format!("`{}`: {}", kind.slug(), kind.meaning())), "{kind:?}");
            let used = text.contains(&format!("\"#/components/responses/Problem{status}\""));
            assert!(used, "{kind:?} is answered with {status}, which no operation says it ends in");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = document();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        for reference in text.match_indices("\"$ref\": \"#").map(|(at, _)| &text[at + 10..]) {
            let pointer = &reference[..reference.find('"').unwrap()];
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
