//! The pipeline, looked at at most once a second, whatever is away: a picture is wanted most when something is.

use std::fmt::Display;
use std::time::{Duration, Instant};

use actix::prelude::*;
use tokio::time::timeout;
use tropa_supervision::Context;

use super::{Depths, GetPipeline, OVERVIEW_AGE, Pipeline, Reader, ReaderPorts};
use crate::domain::Status;
use crate::pipeline::look;
use crate::port::Queue;

/// What takes longer to say how much it holds is shown as not answering.
const PATIENCE: Duration = Duration::from_secs(2);

async fn answer<T, E: Display>(asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn depths(ports: ReaderPorts) -> Depths {
    let counts = async { ports.store.counts().await.map(|counts| counts[Status::Pending]) };
    let (backlog, pending, ready) = tokio::join!(
        answer(ports.outbox.backlog()),
        answer(counts),
        answer(ports.broker.ready(Queue::Dispatch)),
    );
    Depths { backlog, pending, ready }
}

impl Handler<GetPipeline> for Reader {
    type Result = ResponseActFuture<Self, Pipeline>;

    fn handle(&mut self, _: GetPipeline, _: &mut Context<Self>) -> Self::Result {
        if let Some((read, pipeline)) = &self.pipeline
            && read.elapsed() < OVERVIEW_AGE
        {
            return Box::pin(fut::ready(pipeline.clone()));
        }
        let asking = depths(self.ports.clone()).into_actor(self);
        Box::pin(asking.map(|depths, reader, _| {
            let ReaderPorts { sources, trend, settings, breakers, .. } = &reader.ports;
            let breaker = breakers.all().first().map(|(_, state)| *state);
            let pipeline = look(sources, trend, settings, breaker, &depths);
            reader.pipeline = Some((Instant::now(), pipeline.clone()));
            pipeline
        }))
    }
}
