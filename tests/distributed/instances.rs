//! Several instances: who there is, telling one something, and what becomes of the others when one goes.

mod company;
mod drain;
mod outage;
mod registry;
mod routing;
