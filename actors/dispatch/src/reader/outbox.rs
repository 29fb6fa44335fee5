//! What waits in the outbox.

use std::time::Instant;

use actix::prelude::*;
use tropa_supervision::{Answering, Context};

use super::{Answer, GetMessage, ListMessages, OVERVIEW_AGE, OutboxState, OutboxTopics, ReadError, Reader};
use crate::domain::OutboxMessage;
use crate::port::{Backlog, MessagePage, StoreError, TopicBacklog};

impl Handler<OutboxState> for Reader {
    type Result = Answer<Backlog>;

    fn handle(&mut self, _: OutboxState, _: &mut Context<Self>) -> Self::Result {
        let outbox = self.ports.outbox.clone();
        Answering::by(async move { Ok(outbox.backlog().await?) })
    }
}

impl Handler<OutboxTopics> for Reader {
    type Result = ResponseActFuture<Self, Result<Vec<TopicBacklog>, ReadError>>;

    fn handle(&mut self, _: OutboxTopics, _: &mut Context<Self>) -> Self::Result {
        if let Some((read, topics)) = &self.topics
            && read.elapsed() < OVERVIEW_AGE
        {
            return Box::pin(fut::ready(Ok(topics.clone())));
        }
        let outbox = self.ports.outbox.clone();
        let reading = async move { outbox.topics().await }.into_actor(self);
        Box::pin(reading.map(|topics: Result<_, StoreError>, reader, _| {
            let topics = topics?;
            reader.topics = Some((Instant::now(), topics.clone()));
            Ok(topics)
        }))
    }
}

impl Handler<ListMessages> for Reader {
    type Result = Answer<MessagePage>;

    fn handle(&mut self, ListMessages(filter): ListMessages, _: &mut Context<Self>) -> Self::Result {
        let outbox = self.ports.outbox.clone();
        Answering::by(async move { Ok(outbox.messages(filter).await?) })
    }
}

impl Handler<GetMessage> for Reader {
    type Result = Answer<(OutboxMessage, String)>;

    fn handle(&mut self, GetMessage(id): GetMessage, _: &mut Context<Self>) -> Self::Result {
        let outbox = self.ports.outbox.clone();
        Answering::by(async move { outbox.message(id).await?.ok_or(ReadError::NotFound) })
    }
}
