//! A path and its methods: `HEAD` and `OPTIONS` come with it, every other method gets a 405 that lists them.

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, Route,
    guard::{self, Guard},
    http::header,
    web,
};

use super::problem::{Answer, Kind, Problem};

/// A path being described.
pub(super) struct Methods {
    resource: Resource,
    allow: Vec<&'static str>,
}

/// Starts with a path.
pub(super) fn at(path: &str) -> Methods {
    Methods { resource: web::resource(path), allow: Vec::new() }
}

impl Methods {
    /// Answers GET, and HEAD with it.
    pub fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let either = guard::Any(guard::Get()).or(guard::Head());
        self.route(&["GET", "HEAD"], either, web::route().to(handler))
    }

    /// Answers POST.
    pub fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(&["POST"], guard::Post(), web::route().to(handler))
    }

    /// Answers PUT.
    pub fn put<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(&["PUT"], guard::Put(), web::route().to(handler))
    }

    /// Answers DELETE.
    pub fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(&["DELETE"], guard::Delete(), web::route().to(handler))
    }

    /// The path, complete.
    pub fn done(self) -> Resource {
        let allow = [self.allow, vec!["OPTIONS"]].concat().join(", ");
        let told = allow.clone();
        let options = web::route().guard(guard::Options()).to(move || {
            let allow = told.clone();
            async move { HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish() }
        });
        self.resource.route(options).default_service(web::route().to(move || {
            let allow = allow.clone();
            async move {
                let problem = Problem::new(Kind::MethodNotAllowed, format!("allowed here: {allow}"));
                Answer::<HttpResponse>::Err(problem.with(header::ALLOW, allow))
            }
        }))
    }

    fn route(mut self, names: &[&'static str], guard: impl Guard + 'static, route: Route) -> Self {
        self.allow.extend(names);
        self.resource = self.resource.route(route.guard(guard));
        self
    }
}
