//! What the registrar answers.

use actix::prelude::*;
use tropa_supervision::{ActorStatus, Context};

use super::execution::carry_out;
use super::{ListActors, ListInstances, Member, Registrar, RegistrarPorts, Route, RouteError};
use crate::domain::Presence;
use crate::port::Outcome;

impl Handler<ListInstances> for Registrar {
    type Result = ResponseActFuture<Self, Vec<Member>>;

    fn handle(&mut self, _: ListInstances, _: &mut Context<Self>) -> Self::Result {
        Box::pin(self.look().map(|(), registrar, _| registrar.members()))
    }
}

impl Handler<ListActors> for Registrar {
    type Result = ResponseActFuture<Self, Result<Vec<(Member, Vec<ActorStatus>)>, RouteError>>;

    fn handle(&mut self, ListActors(of): ListActors, _: &mut Context<Self>) -> Self::Result {
        Box::pin(self.look().then(move |(), registrar, _| {
            let named = of.is_some();
            let members = match of {
                Some(instance) => registrar.target(&instance).map(|member| vec![member]),
                None => Ok(registrar.members()),
            };
            let (instances, me, mine) =
                (registrar.ports.instances.clone(), registrar.ports.identity.boot, registrar.tree());
            let read = async move {
                let shown = |m: &Member| !matches!(m.presence, Presence::Gone | Presence::Stopped);
                let members: Vec<Member> = members?.into_iter().filter(shown).collect();
                let boots: Vec<_> = members.iter().map(|m| m.report.identity.boot).collect();
                // One's own tree is known without the registry; of the others nothing is, when that is away.
                let mut trees = match &boots[..] {
                    [boot] if *boot == me => vec![Vec::new()],
                    [_] if named => instances.actors(&boots).await?,
                    _ => instances.actors(&boots).await.unwrap_or_else(|_| vec![Vec::new(); boots.len()]),
                };
                if let Some(at) = boots.iter().position(|boot| *boot == me) {
                    trees[at] = mine;
                }
                Ok(members.into_iter().zip(trees).collect())
            };
            read.into_actor(registrar)
        }))
    }
}

impl Handler<Route> for Registrar {
    type Result = ResponseActFuture<Self, Result<Outcome, RouteError>>;

    fn handle(&mut self, route: Route, _: &mut Context<Self>) -> Self::Result {
        Box::pin(self.look().then(move |(), registrar, _| {
            let target = registrar.target(&route.instance);
            let RegistrarPorts { instances, system, duty, .. } = registrar.ports.clone();
            let here = target.as_ref().is_ok_and(|member| registrar.is_me(member));
            let send = async move {
                let target = target?;
                if here {
                    return Ok(carry_out(&route.instruction, &system, &duty));
                }
                let boot = target.report.identity.boot;
                Ok(instances.send(boot, route.instruction, route.patience).await?)
            };
            send.into_actor(registrar)
        }))
    }
}
