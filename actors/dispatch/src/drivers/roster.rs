//! Who drives: put, look up, list, remove.

use std::rc::Rc;

use actix::prelude::*;
use tropa_supervision::{Answering, Context};

use super::restore::lost;
use super::{
    DriverError, DriverPorts, DriverPut, DriverRegistry, GetDriver, ListDrivers, PutDriver, RemoveDriver,
    Shelf,
};
use crate::domain::{Driver, DriverId};

/// Characters of a name, at most.
const MAX_NAME: usize = 100;

fn check_name(name: &str) -> Result<(), DriverError> {
    let refuse = |why: &str| Err(DriverError::Refused(format!("name {why}")));
    if name.trim().is_empty() {
        return refuse("must not be empty");
    }
    if name.chars().count() > MAX_NAME {
        return refuse("must have at most 100 characters");
    }
    if name.chars().any(char::is_control) {
        return refuse("must not contain control characters");
    }
    Ok(())
}

/// Store first: the index must not promise a driver whom a crash would forget.
async fn put(ports: &DriverPorts, message: PutDriver) -> Result<DriverPut, DriverError> {
    let PutDriver { id, name, status } = message;
    check_name(&name)?;
    let before = ports.index.get(&id).await?;
    let driver = Driver { id: id.clone(), name, status, position: None, order_id: None, silent: false };
    ports.drivers.save(vec![driver.clone()]).await?;
    ports.index.put(vec![driver.clone()]).await?;
    let now = ports.index.get(&id).await?;
    Ok(DriverPut { driver: now.unwrap_or(driver), created: before.is_none() })
}

/// `None`: unknown. Index first, because only it can tell in one step whether an order holds the driver.
async fn remove(ports: &DriverPorts, driver: Option<Driver>) -> Result<Option<()>, DriverError> {
    let Some(driver) = driver else { return Ok(None) };
    let id = &driver.id;
    if !ports.index.remove(id).await? {
        let claimed = ports.index.get(id).await?.and_then(|driver| driver.order_id);
        return claimed.map_or(Ok(None), |order| Err(DriverError::Held { driver: id.clone(), order }));
    }
    if let Err(error) = ports.drivers.delete(id.clone()).await {
        ports.index.put(vec![driver]).await?;
        return Err(error.into());
    }
    Ok(Some(()))
}

impl Shelf {
    async fn put(self: Rc<Self>, message: PutDriver) -> Result<DriverPut, DriverError> {
        let _turn = self.writing.lock().await;
        put(&self.ports, message).await
    }

    async fn remove(self: Rc<Self>, id: DriverId) -> Result<(), DriverError> {
        let _turn = self.writing.lock().await;
        // While the index is filled again a removal would come to nothing: the driver is put back.
        let lost = lost(&*self.ports.index).await?;
        let removed = if lost { None } else { remove(&self.ports, self.look(&id).await?).await? };
        if removed.is_some() {
            self.unsaved.borrow_mut().remove(&id);
        }
        removed.ok_or_else(|| self.unknown(id, lost))
    }

    async fn get(self: Rc<Self>, id: DriverId) -> Result<Driver, DriverError> {
        match self.look(&id).await? {
            Some(driver) => Ok(driver),
            None => Err(self.unknown(id, lost(&*self.ports.index).await?)),
        }
    }

    /// One driver, as they are when what has ended is given back.
    async fn look(&self, id: &DriverId) -> Result<Option<Driver>, DriverError> {
        let found = self.ports.index.get(id).await?;
        match &found {
            Some(driver) if self.hand_back(driver).await => Ok(self.ports.index.get(id).await?),
            _ => Ok(found),
        }
    }
}

impl Handler<PutDriver> for DriverRegistry {
    type Result = Answering<Result<DriverPut, DriverError>>;

    fn handle(&mut self, message: PutDriver, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.shelf.clone().put(message))
    }
}

impl Handler<RemoveDriver> for DriverRegistry {
    type Result = Answering<Result<(), DriverError>>;

    fn handle(&mut self, RemoveDriver(id): RemoveDriver, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.shelf.clone().remove(id))
    }
}

impl Handler<GetDriver> for DriverRegistry {
    type Result = Answering<Result<Driver, DriverError>>;

    fn handle(&mut self, GetDriver(id): GetDriver, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.shelf.clone().get(id))
    }
}

impl Handler<ListDrivers> for DriverRegistry {
    type Result = Answering<Result<Vec<Driver>, DriverError>>;

    fn handle(&mut self, ListDrivers(filter): ListDrivers, _: &mut Context<Self>) -> Self::Result {
        let index = self.shelf.ports.index.clone();
        Answering::by(async move { Ok(index.list(filter).await?) })
    }
}
