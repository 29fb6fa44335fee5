//! Several instances: who there is, telling one something, and what becomes of the others when one goes.

mod company;
mod drain;
mod ending;
mod outage;
mod registry;
mod routing;
