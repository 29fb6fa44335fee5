//! A path and its methods: `HEAD` and `OPTIONS` come with it, every other method gets a 405 that lists them.
//!
//! A parameter that nobody reads is refused: who misspells one would be answered as if they had said nothing. So a handler
//! that reads some is said to. The probes' and the documents' paths, which are no part of the API, take any.

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route,
    guard::{self, Guard, GuardContext},
    http::{Method, header},
    web,
};

use super::{
    problem::{Answer, Kind, Problem},
    query::Parameters,
};

/// A path being described.
pub(super) struct Methods {
    resource: Resource,
    allow: Vec<&'static str>,
    /// Who is asked for something that they do not read says so.
    strict: bool,
}

/// Starts with a path.
pub(super) fn at(path: &str) -> Methods {
    Methods { resource: web::resource(path), allow: Vec::new(), strict: path.starts_with("/api/") }
}

impl Methods {
    /// Handlers named from here on read the parameters of their requests.
    pub fn reading(self) -> Self {
        Self { strict: false, ..self }
    }

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
        let allow = [self.allow.clone(), vec!["OPTIONS"]].concat().join(", ");
        let known: Vec<_> = self.allow.iter().filter_map(|name| name.parse::<Method>().ok()).collect();
        let refusal = guard::fn_guard(move |request| known.contains(&request.head().method));
        let told = allow.clone();
        let options = web::route().guard(guard::Options()).to(move || {
            let allow = told.clone();
            async move { HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish() }
        });
        // Of the methods that there are here: with parameters that none of them reads.
        let refusal = web::route().guard(refusal).to(refuse);
        self.resource.route(options).route(refusal).default_service(web::route().to(move || {
            let allow = allow.clone();
            async move {
                let problem = Problem::new(Kind::MethodNotAllowed, format!("allowed here: {allow}"));
                Answer::<HttpResponse>::Err(problem.with(header::ALLOW, allow))
            }
        }))
    }

    fn route(mut self, names: &[&'static str], guard: impl Guard + 'static, route: Route) -> Self {
        self.allow.extend(names);
        let route = route.guard(guard);
        self.resource = if self.strict {
            self.resource.route(route.guard(guard::Not(guard::fn_guard(asks))))
        } else {
            self.resource.route(route)
        };
        self
    }
}

fn asks(request: &GuardContext<'_>) -> bool {
    request.head().uri.query().is_some_and(|query| !query.is_empty())
}

async fn refuse(request: HttpRequest) -> Answer<HttpResponse> {
    Parameters::of(&request).finish()?;
    Err(Problem::malformed("the query has no parameter in it"))
}
