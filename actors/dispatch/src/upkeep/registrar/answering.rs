//! What the registrar answers.

use std::rc::Rc;

use actix::prelude::*;
use tropa_supervision::{ActorStatus, Answering, Context};

use super::book::Book;
use super::execution::living;
use super::{ListActors, ListInstances, Member, Registrar, Route, RouteError};
use crate::domain::Presence;
use crate::port::Outcome;

type Trees = Vec<(Member, Vec<ActorStatus>)>;

impl Book {
    async fn list(self: Rc<Self>) -> Vec<Member> {
        self.look().await;
        self.members()
    }

    async fn trees(self: Rc<Self>, of: Option<String>) -> Result<Trees, RouteError> {
        self.look().await;
        let named = of.is_some();
        let members = match of {
            Some(instance) => vec![self.target(&instance)?],
            None => self.members(),
        };
        let shown = |m: &Member| !matches!(m.presence, Presence::Gone | Presence::Stopped);
        let members: Vec<Member> = members.into_iter().filter(shown).collect();
        let boots: Vec<_> = members.iter().map(|m| m.report.identity.boot).collect();
        let (instances, me) = (&self.ports.instances, self.ports.identity.boot);
        // One's own tree is known without the registry; of the others nothing is, when that is away.
        let mut trees = match &boots[..] {
            [boot] if *boot == me => vec![Vec::new()],
            [_] if named => instances.actors(&boots).await?,
            _ => instances.actors(&boots).await.unwrap_or_else(|_| vec![Vec::new(); boots.len()]),
        };
        if let Some(at) = boots.iter().position(|boot| *boot == me) {
            trees[at] = self.tree();
        }
        Ok(members.into_iter().zip(trees).collect())
    }

    async fn route(self: Rc<Self>, route: Route) -> Result<Outcome, RouteError> {
        self.look().await;
        let target = self.target(&route.instance)?;
        if self.is_me(&target) {
            return Ok(match self.execute(route.instruction) {
                Ok(outcome) => outcome,
                Err(query) => living(query, &self.ports.system).await,
            });
        }
        let boot = target.report.identity.boot;
        Ok(self.ports.instances.send(boot, route.instruction, route.patience).await?)
    }
}

impl Handler<ListInstances> for Registrar {
    type Result = Answering<Vec<Member>>;

    fn handle(&mut self, _: ListInstances, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.book.clone().list())
    }
}

impl Handler<ListActors> for Registrar {
    type Result = Answering<Result<Trees, RouteError>>;

    fn handle(&mut self, ListActors(of): ListActors, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.book.clone().trees(of))
    }
}

impl Handler<Route> for Registrar {
    type Result = Answering<Result<Outcome, RouteError>>;

    fn handle(&mut self, route: Route, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.book.clone().route(route))
    }
}
