//! Every path there is.

use actix_web::{HttpResponse, Route, web};

use super::{
    actors, audit, breakers, configuration, console, dead_letters, docs, drivers, instances, operations,
    orders, outbox, overview, pipeline, probes,
    problem::{Answer, Kind, Problem},
    session, stream,
};

/// All of the API.
pub(super) fn all(config: &mut web::ServiceConfig) {
    config
        .configure(orders::routes)
        .configure(drivers::routes)
        .configure(actors::routes)
        .configure(instances::routes)
        .configure(dead_letters::routes)
        .configure(session::routes)
        .configure(audit::routes)
        .configure(operations::routes)
        .configure(overview::routes)
        .configure(outbox::routes)
        .configure(breakers::routes)
        .configure(pipeline::routes)
        .configure(configuration::routes)
        .configure(stream::routes)
        .configure(probes::routes)
        .configure(docs::routes)
        .configure(console::routes);
}

/// Everything else.
pub(super) fn nothing() -> Route {
    web::to(|| async { Answer::<HttpResponse>::Err(Problem::new(Kind::NotFound, "no such path")) })
}
